using System.Diagnostics;
using Cairn.Simulation.Stories;

namespace Cairn.Simulation.Runs;

/// <summary>Tells stories, one seed after another.</summary>
internal static class Schedules
{
    /// <summary>Tells as many as are asked for, on this thread.</summary>
    public static Tally Run(RunOptions options)
    {
        Tally tally = new();
        Stopwatch watch = Stopwatch.StartNew();
        long count = options.Seconds is null ? options.Schedules : long.MaxValue;
        for (long i = 0; i < count && !(watch.Elapsed.TotalSeconds >= options.Seconds); i++)
        {
            tally.Add(Tell(options.Seed + (ulong)i, options.IsTraced ? Console.Out : null));
        }

        return tally;
    }

    /// <summary>Tells one.</summary>
    public static Verdict Tell(ulong seed, TextWriter? output)
    {
        Scenario scenario = Scenario.Draw(seed);
        output?.WriteLine(scenario.ToText());
        Verdict verdict = new World(scenario, output).Run();
        foreach (string violation in verdict.Violations)
        {
            output?.WriteLine($"VIOLATION {violation}");
        }

        output?.WriteLine($"digest {verdict.Digest:x16}");
        return verdict;
    }
}
