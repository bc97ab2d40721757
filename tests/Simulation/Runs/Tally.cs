using Cairn.Simulation.Stories;

namespace Cairn.Simulation.Runs;

/// <summary>What many stories came to.</summary>
internal sealed class Tally
{
    private const int ShownMax = 20;
    private const int LengthMax = 600;

    private readonly List<string> _shown = [];

    /// <summary>How many stories were told.</summary>
    public long Schedules { get; private set; }

    /// <summary>How many of them broke an invariant.</summary>
    public long Violations { get; private set; }

    /// <summary>How many checkpoints were committed in them.</summary>
    public long Commits { get; private set; }

    /// <summary>How many things happened in them.</summary>
    public long Happened { get; private set; }

    /// <summary>The last seed.</summary>
    public ulong LastSeed { get; private set; }

    /// <summary>Which attacks occurred.</summary>
    public AttackCounts Attacks { get; } = new();

    /// <summary>The first violations, a line each.</summary>
    public IReadOnlyList<string> Shown => _shown;

    /// <summary>Takes in a story.</summary>
    public void Add(Verdict verdict)
    {
        Schedules++;
        Commits += verdict.Commits;
        Happened += verdict.Happened;
        LastSeed = Math.Max(LastSeed, verdict.Seed);
        Attacks.Add(verdict.Attacks);
        if (verdict.Violations.Count > 0)
        {
            Violations++;
            Show($"seed {verdict.Seed}: {verdict.Violations[0]}");
        }
    }

    /// <summary>What a worker tells of all that it has done.</summary>
    public IEnumerable<string> ToLines() =>
        [.. _shown.Select(line => "violation " + line), $"tally {Schedules} {Violations} {Commits} {Happened} {LastSeed}", $"attacks {Attacks.ToLine()}"];

    /// <summary>Takes in what a worker tells.</summary>
    public void Add(string line)
    {
        string[] words = line.Split(' ');
        switch (words[0])
        {
            case "violation":
                Show(line["violation ".Length..]);
                break;
            case "tally":
                Schedules += long.Parse(words[1]);
                Violations += long.Parse(words[2]);
                Commits += long.Parse(words[3]);
                Happened += long.Parse(words[4]);
                LastSeed = Math.Max(LastSeed, ulong.Parse(words[5]));
                break;
            case "attacks":
                Attacks.Add(AttackCounts.Parse(words[1]));
                break;
        }
    }

    private void Show(string line)
    {
        string flat = line.ReplaceLineEndings(" | ");
        if (_shown.Count < ShownMax)
        {
            _shown.Add(flat[..Math.Min(flat.Length, LengthMax)]);
        }
    }
}
