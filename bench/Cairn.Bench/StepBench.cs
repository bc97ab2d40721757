using System.Diagnostics;
using Cairn.Client;
using Cairn.Silo;

namespace Cairn.Bench;

/// <summary>The 95th percentile of a trainer's step time while saves run, over that while none runs: five pairs, taken in turn.</summary>
internal static class StepBench
{
    private const int Pairs = 5;
    private const int VariableCount = 256;
    private const int VariableElements = 1 << 18; // 1 MiB; 256 MiB in all.
    private const int VariablesInAStep = 4;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    public static async Task<IReadOnlyList<Measured>> RunAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("cairn-bench-");
        try
        {
            var options = new EmbeddedClusterOptions { StoreRoot = folder.FullName };
            await using Training training = await Training.BeginAsync(options, VariableCount, VariableElements);
            var saver = new Saver(training.Model) { MaxToKeep = 2 };
            await saver.SaveAsync("model/model.ckpt", 0);
            await TrainAsync(training, Window);

            List<double> ratios = [];
            List<string> pairs = [];
            double busyCores = 0;
            for (int pair = 0; pair < Pairs; pair++)
            {
                TimeSpan cpuBefore = Process.GetCurrentProcess().TotalProcessorTime;
                double without = Statistics.Percentile(await TrainAsync(training, Window), 0.95);
                busyCores = Math.Max(busyCores, (Process.GetCurrentProcess().TotalProcessorTime - cpuBefore) / Window);
                double during = await TrainWhileSavingAsync(training, saver, pair);
                ratios.Add(during / without);
                pairs.Add($"{during:0.0}/{without:0.0}");
            }

            string how = $"steps of {VariablesInAStep} assign-adds of 1 MiB to a model of {VariableCount} MiB, one each {Pace.TotalMilliseconds} ms: "
                + $"{busyCores:0.0} cores busy without a save; ms with/without: {string.Join(", ", pairs)}";
            return [new Measured("a trainer's step time during saves over without, p95, median of five pairs", Statistics.Median(ratios), "", 1.5, how)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<double> TrainWhileSavingAsync(Training training, Saver saver, int pair)
    {
        using var stop = new CancellationTokenSource();
        Task saving = SaveUntilAsync(saver, 1 + (pair * 1_000), stop.Token);
        List<double> times = await TrainAsync(training, Window);
        await stop.CancelAsync();
        await saving;
        return Statistics.Percentile(times, 0.95);
    }

    /// <summary>One save after the other, so that one runs at every moment.</summary>
    private static async Task SaveUntilAsync(Saver saver, long step, CancellationToken stop)
    {
        for (; !stop.IsCancellationRequested; step++)
        {
            await saver.SaveAsync("model/model.ckpt", step, cancellationToken: CancellationToken.None);
        }
    }

    private static async Task<List<double>> TrainAsync(Training training, TimeSpan time)
    {
        float[] ones = new float[VariableElements];
        ones.AsSpan().Fill(1);
        List<double> times = [];
        long begun = Stopwatch.GetTimestamp();
        for (int step = 0; Stopwatch.GetElapsedTime(begun) < time; step++)
        {
            long stepBegun = Stopwatch.GetTimestamp();
            await training.Session.StepAsync(async open =>
            {
                for (int i = 0; i < VariablesInAStep; i++)
                {
                    Variable<float> variable = training.Variables[((step * VariablesInAStep) + i) * 61 % VariableCount];
                    await open.AssignAddAsync(variable, ones.AsMemory());
                }
            });
            TimeSpan took = Stopwatch.GetElapsedTime(stepBegun);
            times.Add(took.TotalMilliseconds);
            if (took < Pace)
            {
                await Task.Delay(Pace - took);
            }
        }

        return times;
    }
}
