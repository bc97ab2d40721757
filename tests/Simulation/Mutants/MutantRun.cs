using System.Reflection;
using Cairn.Simulation.Runs;

namespace Cairn.Simulation.Mutants;

/// <summary>Plants mutants, one at a time, and looks for stories that find them.</summary>
internal sealed class MutantRun(ulong seed, bool isTraced = false)
{
    /// <summary>In how many stories a mutant must be found.</summary>
    public const int SchedulesMax = 3000;

    private readonly MutantCompiler _compiler = MutantCompiler.Open();

    /// <summary>What became of a mutant: null when it was not caught.</summary>
    /// <param name="mutant">The mutant.</param>
    /// <param name="told">What found it, or why it could not be planted.</param>
    /// <returns>Whether it was caught.</returns>
    public bool Catch(Mutant mutant, out string told)
    {
        if (_compiler.Compile(mutant, out string? fault) is not { } assembly)
        {
            told = $"cannot be planted: {fault}";
            return false;
        }

        if (isTraced)
        {
            new MutantContext(assembly).Simulation.GetType(typeof(MutantProbe).FullName!)!.GetMethod(nameof(MutantProbe.Tell))!.Invoke(null, [seed]);
        }

        MethodInfo find = new MutantContext(assembly).Simulation.GetType(typeof(MutantProbe).FullName!)!.GetMethod(nameof(MutantProbe.Find))!;
        object[] place = [seed, SchedulesMax];
        while (find.Invoke(null, place) is string found)
        {
            // Only a story that the sound rules survive tells something of the mutant.
            if (Schedules.Tell((ulong)place[0] - 1, null).Violations.Count == 0)
            {
                told = found.ReplaceLineEndings(" | ");
                return true;
            }
        }

        told = $"not found in {SchedulesMax} stories from seed {seed}";
        return false;
    }
}
