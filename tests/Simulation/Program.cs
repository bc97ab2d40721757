using System.Diagnostics;
using Cairn.Simulation.Mutants;
using Cairn.Simulation.Runs;
using Cairn.Simulation.Stories;

RunOptions? options = RunOptions.Parse(args, out string? fault);
if (options is null)
{
    Console.Error.WriteLine(fault);
    return 2;
}

if (options.IsWorker)
{
    foreach (string line in Schedules.Run(options).ToLines())
    {
        Console.WriteLine(line);
    }

    return 0;
}

if (options.IsMutants)
{
    return MutantReport.Run(options);
}

if (options.IsCrashPoints)
{
    (long points, long broken) = CrashPoints.Run(options.Workers, Console.WriteLine);
    Console.WriteLine($"{points} crash points, {broken} violations");
    return broken == 0 ? 0 : 1;
}

Stopwatch watch = Stopwatch.StartNew();
Tally tally = options.IsTraced || options.Workers == 1 ? Schedules.Run(options) : await Workers.RunAsync(options);
foreach (Attack attack in options.IsTraced ? [] : Enum.GetValues<Attack>())
{
    Console.WriteLine($"{tally.Attacks[attack],12} {AttackCounts.NameOf(attack)}");
}

foreach (string violation in tally.Shown)
{
    Console.WriteLine(violation);
}

if (tally.Violations > 0)
{
    Console.WriteLine("Read a story: dotnet run -c Release --project tests/Simulation -- --schedules 1 --trace --seed S");
}

Console.WriteLine($"{tally.Schedules / watch.Elapsed.TotalSeconds:0} schedules a second, {(double)tally.Commits / tally.Schedules:0.0} checkpoints and "
    + $"{tally.Happened / tally.Schedules} events in each");
Console.WriteLine($"{tally.Schedules} schedules, {tally.Violations} violations, last seed {tally.LastSeed}");
return tally.Violations == 0 ? 0 : 1;
