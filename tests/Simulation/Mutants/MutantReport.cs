using System.Diagnostics;
using Cairn.Simulation.Runs;

namespace Cairn.Simulation.Mutants;

/// <summary>Plants every mutant and tells which were caught, and by what.</summary>
internal static class MutantReport
{
    private const int ShownMax = 300;

    /// <summary>The exit code: 0 when all were caught.</summary>
    public static int Run(RunOptions options)
    {
        Mutant[] mutants = [.. Mutants.All.Where(mutant => mutant.Name.Contains(options.Only, StringComparison.OrdinalIgnoreCase))];
        MutantRun run = new(options.Seed, options.IsTraced);
        int caught = 0;
        Parallel.ForEach(mutants, new ParallelOptions { MaxDegreeOfParallelism = options.Workers }, mutant =>
        {
            Stopwatch watch = Stopwatch.StartNew();
            bool isCaught = run.Catch(mutant, out string told);
            Interlocked.Add(ref caught, isCaught ? 1 : 0);
            Console.WriteLine(
                $"{(isCaught ? "caught" : "MISSED")} in {watch.Elapsed.TotalSeconds:0.0} s: {mutant.Name} ({mutant.Holds})\n    {told[..Math.Min(told.Length, ShownMax)]}");
        });

        Console.WriteLine($"{caught} of {mutants.Length} mutants caught");
        return caught == mutants.Length ? 0 : 1;
    }
}
