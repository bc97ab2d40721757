using System.Net;
using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Placement;

namespace Cairn.Grains.Tests.Coordination.Placement;

public sealed class ShardPlacementTests
{
    [Theory, MemberData(nameof(Seeds))]
    public void Place_PutsEveryShardOnce_WithinTheRoom_AndSpreadsThem(int seed)
    {
        Random random = new(seed);
        SiloDescription[] silos = [.. Enumerable.Range(1, random.Next(1, 6)).Select(port => Silo(port, 10_000, random.Next(0, 2000)))];
        (ShardId Shard, long Bytes)[] shards =
            [.. Enumerable.Range(0, random.Next(1, 40)).Select(index => (new ShardId("m", "v", index), (long)random.Next(1, 200)))];

        var places = ShardPlacement.Place("m", shards, silos);

        Assert.Equal(shards.Length, places.Count);
        long[] used = [.. silos.Select(silo => silo.PageBytesUsed + shards.Where(shard => places[shard.Shard].Equals(silo.Silo)).Sum(shard => shard.Bytes))];
        Assert.True(used.Zip(silos).All(pair => pair.First <= pair.Second.PageBytesMax), $"seed {seed}");
        long[] filled = [.. used.Zip(silos).Where(pair => pair.First > pair.Second.PageBytesUsed).Select(pair => pair.First)];
        Assert.True(filled.Max() - filled.Min() <= shards.Max(shard => shard.Bytes), $"seed {seed}: silos that got shards hold {string.Join(", ", filled)}");
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 30)];

    [Fact]
    public void Place_WhatDoesNotFit_NamesTheOptionAndTheRoom()
    {
        CheckpointException refused = Assert.Throws<CheckpointException>(
            () => ShardPlacement.Place("m", [(new ShardId("m", "v", 0), 60), (new ShardId("m", "v", 1), 60)], [Silo(1, 100, 0)]));

        Assert.Equal(CheckpointError.LimitExceeded, refused.Error);
        Assert.Contains("need 120 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Contains("PageBytesMax", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Place_WithoutSilos_SaysTryAgain() =>
        Assert.Equal(CheckpointError.TryAgain, Assert.Throws<CheckpointException>(() => ShardPlacement.Place("m", [(new ShardId("m", "v", 0), 1)], [])).Error);

    [Fact]
    public void FootprintBytes_CountsPagesAndTheShadow()
    {
        Assert.Equal(4096, ShardPlacement.FootprintBytes(TestJob.Float("v", [1]), 0));
        Assert.Equal(2 * (2 << 20), ShardPlacement.FootprintBytes(TestJob.Float("v", [300_000], decay: 0.9f), 0));
    }

    private static SiloDescription Silo(int port, long max, long used) =>
        new(SiloAddress.New(new IPEndPoint(IPAddress.Loopback, port), 1), new Uri("http://127.0.0.1"), max, used);
}
