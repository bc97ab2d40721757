using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Recovery;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Tests.Coordination.Recovery;

public sealed class LossCheckTests
{
    private static readonly VariableDefinition Variable = TestJob.Float("v", [4], decay: 0.9f);
    private static readonly ModelDefinition Definition = new("ranker", [Variable]);
    private static readonly ShardId Shard = new("ranker", "v", 0);
    private static readonly RestorePlan Base = new(new RestorePlanStep("m.ckpt", "00", [], null, []), []);

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, false, true)]
    public void AShardThatWasEmptiedForABase_AndNeverGotIt_IsLost(bool value, bool shadow, bool isLost) =>
        Assert.Equal(isLost, Check(Base, isSettled: false).IsLost(Report() with { ValueInitialised = value, ShadowInitialised = shadow }));

    [Fact]
    public void AnEmptyShard_IsNotLost_WithoutABase_OrWhenTheModelWasSeenWhole()
    {
        ShardReport empty = Report() with { ValueInitialised = false, ShadowInitialised = false };

        Assert.False(Check(null, isSettled: false).IsLost(empty));
        Assert.False(Check(Base, isSettled: true).IsLost(empty));
    }

    [Fact]
    public void AShardOfANamesakesDefinition_OfAnotherGeneration_OrOfAnotherActivation_IsLost()
    {
        LossCheck check = Check(null, isSettled: false);

        Assert.False(check.IsLost(Report()));
        Assert.True(check.IsLost(Report() with { Variable = TestJob.Float("v", [5]) }));
        Assert.True(check.IsLost(Report() with { Generation = 2 }));
        Assert.True(check.IsLost(Report() with { IsAdmitted = false }));
        ShardMap known = ShardMap.Of(ImmutableDictionary<ShardId, ShardPlace>.Empty.Add(
            Shard, new ShardPlace(Guid.NewGuid(), SiloAddress.Zero, new Uri("http://127.0.0.1:1"))));
        Assert.True(new LossCheck(Record(null), Definition, known, true, _ => false).IsLost(Report()));
    }

    [Fact]
    public void AShardThatWasRevoked_IsLost_WhateverItSays()
    {
        ShardReport report = Report();
        LossCheck check = new(Record(null), Definition, ShardMap.Empty, true, incarnation => incarnation == report.Incarnation);

        Assert.True(check.IsLost(report));
        Assert.False(check.IsLost(Report()));
    }

    [Fact]
    public void AnEmptyShard_OfAModelThatIsHeld_IsNotLost()
    {
        ShardReport empty = Report() with { ValueInitialised = false, ShadowInitialised = false };

        Assert.False(new LossCheck(Record(Base) with { Held = "why" }, Definition, ShardMap.Empty, false, _ => false).IsLost(empty));
    }

    private static LossCheck Check(RestorePlan? plan, bool isSettled) => new(Record(plan), Definition, ShardMap.Empty, isSettled, _ => false);

    private static CoordinatorRecord Record(RestorePlan? plan) => CoordinatorRecord.Create("ranker", "cluster") with { Generation = 3, Base = plan };

    private static ShardReport Report() => new(
        Shard, Guid.NewGuid(), true, 3, 1, true, true, new Uri("http://127.0.0.1:1"), SiloAddress.Zero, ImmutableDictionary<Guid, long>.Empty, Variable);
}
