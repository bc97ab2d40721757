using System.Reflection;

namespace Cairn.Simulation.Mutants;

/// <summary>Plants mutants, one at a time, and looks for stories that find them.</summary>
internal sealed class MutantRun(ulong seed)
{
    /// <summary>In how many stories a mutant must be found.</summary>
    public const int SchedulesMax = 6000;

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

        MethodInfo find = new MutantContext(assembly).Simulation.GetType(typeof(MutantProbe).FullName!)!.GetMethod(nameof(MutantProbe.Find))!;
        string? found = (string?)find.Invoke(null, [seed, SchedulesMax]);
        told = found?.ReplaceLineEndings(" | ") ?? $"not found in {SchedulesMax} stories from seed {seed}";
        return found is not null;
    }
}
