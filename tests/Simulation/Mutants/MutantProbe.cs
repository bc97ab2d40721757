using Cairn.Simulation.Runs;
using Cairn.Simulation.Stories;

namespace Cairn.Simulation.Mutants;

/// <summary>Looks for a story that a mutant does not survive. Called from another world of assemblies, so that its signature has nothing of them.</summary>
internal static class MutantProbe
{
    /// <summary>The first violation, with its seed; null when there is none in so many stories.</summary>
    public static string? Find(ulong seed, int schedules)
    {
        for (ulong i = 0; i < (ulong)schedules; i++)
        {
            Verdict verdict = Schedules.Tell(seed + i, null);
            if (verdict.Violations.Count > 0)
            {
                return $"seed {verdict.Seed}: {verdict.Violations[0]}";
            }
        }

        return null;
    }
}
