using Cairn.Bench;

// NAME measures one ratio of docs/performance.md, no name all of them. The exit code is 1 when a limit is passed.
(string Name, Func<Task<IReadOnlyList<Measured>>> RunAsync)[] benches =
[
    ("seal", SealBench.RunAsync),
    ("step", StepBench.RunAsync),
    ("control", ControlBench.RunAsync),
    ("memory", MemoryBench.RunAsync),
];

if (args.Except(benches.Select(bench => bench.Name)).Any())
{
    Console.Error.WriteLine($"Usage: Cairn.Bench [{string.Join("|", benches.Select(bench => bench.Name))}]...");
    return 2;
}

Console.WriteLine(Machine.Describe());
Console.WriteLine();
Console.WriteLine("| measured | result | at most | how |");
Console.WriteLine("|---|---|---|---|");
bool isWithin = true;
foreach ((string name, Func<Task<IReadOnlyList<Measured>>> runAsync) in benches.Where(bench => args.Length == 0 || args.Contains(bench.Name)))
{
    foreach (Measured measured in await runAsync())
    {
        Console.WriteLine(measured);
        isWithin &= measured.IsWithin;
    }
}

Console.WriteLine();
Console.WriteLine($"Load average at the end: {Machine.LoadAverage()}.");
return isWithin ? 0 : 1;
