using System.Text;

namespace Cairn.Simulation.Stories;

/// <summary>How often each attack has occurred.</summary>
internal sealed class AttackCounts
{
    private readonly long[] _counts = new long[Enum.GetValues<Attack>().Length];

    /// <summary>How often one has occurred.</summary>
    public long this[Attack attack] => _counts[(int)attack];

    /// <summary>The attacks that have not occurred.</summary>
    public IEnumerable<Attack> Missing => Enum.GetValues<Attack>().Where(attack => this[attack] == 0);

    /// <summary>One has occurred.</summary>
    public void Add(Attack attack) => _counts[(int)attack]++;

    /// <summary>Adds the counts of another story.</summary>
    public void Add(AttackCounts other)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>All counts in one line.</summary>
    public string ToLine() => string.Join(',', _counts);

    /// <summary>Reads what <see cref="ToLine"/> wrote.</summary>
    public static AttackCounts Parse(string line)
    {
        AttackCounts counts = new();
        long[] numbers = [.. line.Split(',').Select(long.Parse)];
        numbers.CopyTo(counts._counts, 0);
        return counts;
    }

    /// <summary>The name of an attack in words.</summary>
    public static string NameOf(Attack attack)
    {
        StringBuilder words = new();
        foreach (char letter in attack.ToString())
        {
            words.Append(char.IsUpper(letter) && words.Length > 0 ? " " : "").Append(char.ToLowerInvariant(letter));
        }

        return words.ToString();
    }
}
