using System.Diagnostics;
using Cairn.Client;
using Cairn.Silo;
using Cairn.Storage.Memory;

namespace Cairn.Bench;

/// <summary>A save of 10,000 shards over one of 1,000. A shard has four bytes and the store is memory, so that nearly all of the time goes to the messages
/// between coordinator, shards and silos, and to index and sidecar.</summary>
internal static class ControlBench
{
    private const int Rounds = 7;
    private const int ShardsOfAVariable = 100;

    public static async Task<IReadOnlyList<Measured>> RunAsync()
    {
        await using Training small = await BeginAsync(1_000);
        await using Training large = await BeginAsync(10_000);
        List<double> smalls = [];
        List<double> larges = [];
        for (int round = -2; round < Rounds; round++)
        {
            double smallTime = await SaveAsync(small, round + 2);
            double largeTime = await SaveAsync(large, round + 2);
            if (round >= 0)
            {
                smalls.Add(smallTime);
                larges.Add(largeTime);
            }
        }

        (double smallMedian, double largeMedian) = (Statistics.Median(smalls), Statistics.Median(larges));
        return
        [
            new Measured("time of a save of 10,000 shards over one of 1,000", largeMedian / smallMedian, "", 12,
                $"whole saves of shards of 4 bytes on two silos into memory, medians of {Rounds} in turn: {largeMedian:0} ms over {smallMedian:0} ms"),
        ];
    }

    private static Task<Training> BeginAsync(int shards) => Training.BeginAsync(
        new EmbeddedClusterOptions { Store = new MemoryBlobStore(), SiloCount = 2, PageBytesMax = 256 << 20 },
        shards / ShardsOfAVariable,
        ShardsOfAVariable,
        Partitioner.FixedSize(ShardsOfAVariable));

    private static async Task<double> SaveAsync(Training training, long step)
    {
        var saver = new Saver(training.Model) { MaxToKeep = 1 };
        long begun = Stopwatch.GetTimestamp();
        await saver.SaveAsync("model/model.ckpt", step);
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }
}
