using System.Diagnostics;

namespace Cairn.Simulation.Runs;

/// <summary>Shares the stories of a run among several processes: a story needs its thread for itself, and a collector of its own.</summary>
internal static class Workers
{
    /// <summary>Has every worker tell its share, and sums up.</summary>
    public static async Task<Tally> RunAsync(RunOptions options)
    {
        long share = (options.Schedules + options.Workers - 1) / options.Workers;
        Tally tally = new();
        List<Task<List<string>>> workers = [];
        for (int i = 0; i < options.Workers; i++)
        {
            long first = share * i;
            long count = options.Seconds is null ? Math.Min(share, options.Schedules - first) : long.MaxValue;
            if (count > 0)
            {
                // By time nobody knows how many stories a worker tells: each begins far from the others.
                ulong seed = options.Seed + (options.Seconds is null ? (ulong)first : (ulong)i * 100_000_000);
                workers.Add(RunOneAsync(seed, count, options.Seconds));
            }
        }

        foreach (string line in (await Task.WhenAll(workers)).SelectMany(lines => lines))
        {
            tally.Add(line);
        }

        return tally;
    }

    private static async Task<List<string>> RunOneAsync(ulong seed, long count, int? seconds)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        string entry = typeof(Workers).Assembly.Location;
        string[] limit = seconds is { } limited ? ["--seconds", $"{limited}"] : ["--schedules", $"{count}"];
        string[] host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [entry] : [];
        foreach (string argument in (string[])[.. host, "--worker", "--seed", $"{seed}", .. limit])
        {
            start.ArgumentList.Add(argument);
        }

        // Stories leave little behind: a large nursery is collected rarely, and instrumented code would only cost.
        start.Environment["DOTNET_GCgen0size"] = "0x4000000";
        start.Environment["DOTNET_TieredPGO"] = "0";
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("A worker could not be started.");
        List<string> lines = [];
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
        }

        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? lines : throw new InvalidOperationException($"The worker of seed {seed} ended with {process.ExitCode}.");
    }
}
