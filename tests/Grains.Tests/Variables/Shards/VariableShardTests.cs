namespace Cairn.Grains.Tests.Variables.Shards;

/// <summary>A real shard under random calls, sane and insane, beside a plain one: both versions, bit for bit.</summary>
public sealed class VariableShardTests
{
    private const int CallsMax = 400;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void AnyCalls_OnOneShard_KeepBothVersionsExact(int seed)
    {
        var run = new ShardRun(seed, length: 5, pageBytesMax: 64 << 20);
        Repeat(run, CallsMax, seed);

        Assert.True(run.Counts.GetValueOrDefault("sealed") > 3, $"seed {seed} sealed too little");
        Assert.False(run.Counts.ContainsKey("out of pages"));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void AnyCalls_WithTooFewPages_SpoilCutsButNeverTheLiveVersion(int seed)
    {
        // Value, shadow, body and a copy or two: two pages each.
        var run = new ShardRun(seed, length: 270_000, pageBytesMax: (6 + (seed % 6)) << 20);
        run.Count("small");
        Repeat(run, CallsMax / 10, seed);
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
