using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Routing;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Grains.Tests.Coordination.Routing;

/// <summary>Shards that do not answer (R11).</summary>
public sealed class ShardFleetTests
{
    private static readonly ShardId Shard = new("ranker", "v", 0);
    private static readonly ShardPlace Place = new(Guid.NewGuid(), SiloAddress.Zero, new Uri("http://127.0.0.1:1"));
    private static readonly ShardMap Map = ShardMap.Of([KeyValuePair.Create(Shard, Place)]);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Order_ThatAShardDoesNotConfirmInTime_RevokesIt_UntilItIsInAnotherGeneration()
    {
        ShardFleet fleet = new(SilentShards.Create().Grains, Patience, _time);
        Task order = fleet.OrderAsync([Shard], Map, "refuse a session", (grain, _, _) => grain.FenceAsync(Guid.NewGuid(), 0, 1), CancellationToken.None);

        _time.Advance(Patience - TimeSpan.FromSeconds(1));
        bool wasEarly = fleet.IsRevoked(Place.Incarnation);
        _time.Advance(TimeSpan.FromSeconds(2));
        CheckpointException silent = await Assert.ThrowsAsync<ShardSilentException>(() => order);
        bool isRevoked = fleet.IsRevoked(Place.Incarnation);
        fleet.ForgetRevoked();

        Assert.False(wasEarly);
        Assert.True(isRevoked);
        Assert.False(fleet.IsRevoked(Place.Incarnation));
        Assert.Equal(CheckpointError.Aborted, silent.Error);
        Assert.Contains($"Shard 'ranker/0/v' on silo {SiloAddress.Zero} did not refuse a session within 60 s", silent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Order_ThatItsCallerGivesUp_RevokesNobody()
    {
        ShardFleet fleet = new(SilentShards.Create().Grains, Patience, _time);
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(5), _time);
        Task order = fleet.OrderAsync([Shard], Map, "seal", (grain, _, _) => grain.FenceAsync(Guid.NewGuid(), 0, 1), deadline.Token);

        _time.Advance(TimeSpan.FromSeconds(6));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => order);
        Assert.False(fleet.IsRevoked(Place.Incarnation));
    }
}
