namespace Cairn.Grains.Tests.Variables.Shards;

/// <summary>A real shard under random calls, sane and insane, beside a plain one: both versions, bit for bit.</summary>
public sealed class VariableShardTests
{
    private const int Small = 270_000; // Elements on two pages.

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void AnyCalls_OnOneShard_KeepBothVersionsExact(int seed)
    {
        var run = new ShardRun(seed, length: 5, pageBytesMax: 64 << 20);
        Repeat(run, 400, seed);

        Assert.True(run.Counts.GetValueOrDefault("sealed") > 3, $"seed {seed} sealed too little");
        Assert.True(run.Counts.GetValueOrDefault("applied to both") > 0, $"seed {seed} hardly cut");
        Assert.False(run.Counts.ContainsKey("out of pages"));
    }

    [Fact]
    public void AnyCalls_WithTooFewPages_SpoilCutsButNeverTheLiveVersion()
    {
        var counts = new Dictionary<string, int>();
        for (int seed = 0; seed < 18; seed++)
        {
            // Value, shadow, body and a copy or two, of 1 MiB and a little each; sometimes not even a body has room.
            var run = new ShardRun(seed, Small, pageBytesMax: ((2 + (seed % 6)) << 20) + (1 << 18));
            run.Count("small");
            Repeat(run, 30, seed);
            foreach ((string what, int count) in run.Counts)
            {
                counts[what] = counts.GetValueOrDefault(what) + count;
            }
        }

        foreach (string what in (string[])["sealed", "applied to both", "out of pages"])
        {
            Assert.True(counts.ContainsKey(what), $"No run had: {what}.");
        }
    }

    private static void Repeat(ShardRun run, int calls, int seed)
    {
        int call = 0;
        try
        {
            for (; call < calls; call++)
            {
                run.Step();
            }

            run.End();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw new InvalidOperationException($"Seed {seed}, call {call}: {failure.Message}", failure);
        }
    }
}
