using Cairn.Simulation.Runs;
using Cairn.Simulation.Stories;

namespace Cairn.Simulation.Mutants;

/// <summary>Looks for a story that a mutant does not survive. Called from another world of assemblies, so that its signature has nothing of them.</summary>
internal static class MutantProbe
{
    /// <summary>The first violation in so many stories, with its seed; null when there is none.</summary>
    public static string? Find(ref ulong seed, ref int schedules)
    {
        while (schedules-- > 0)
        {
            Verdict verdict = Schedules.Tell(seed++, null);
            if (verdict.Violations.Count > 0)
            {
                return $"seed {verdict.Seed}: {verdict.Violations[0]}";
            }
        }

        return null;
    }

    /// <summary>Writes a story down.</summary>
    public static void Tell(ulong seed) => Schedules.Tell(seed, Console.Out);
}
