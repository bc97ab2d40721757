using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Tests.Variables;

public sealed class VariableGrainTests(VariablesCluster cluster) : IClassFixture<VariablesCluster>
{
    [Fact]
    public async Task Read_BeforeAnyValue_SaysWhatTensorFlowSaysAndTheRemedy()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats("weights/kernel"));

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => shard.ReadAsync());

        Assert.Equal(CheckpointError.Uninitialised, refusal.Error);
        Assert.StartsWith("Attempting to use uninitialized value weights/kernel: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("restore a checkpoint", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Updates_OfFloats_AreReadBack()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());

        Assert.True(await shard.AssignAsync(1, 2, 3, 4));
        Assert.True(await shard.ApplyAsync(UpdateKind.AssignAdd, TestShard.Bytes(10, 20, 30, 40)));
        Assert.True(await shard.ApplyAsync(UpdateKind.AssignSub, TestShard.Bytes(1), offset: 8));
        Assert.True(await shard.ApplyAsync(UpdateKind.Assign, TestShard.Bytes(7), offset: 12));

        Assert.Equal((float[])[11, 22, 32, 7], await shard.ReadAsync());
    }

    [Fact]
    public async Task Initialise_WithoutPayload_FillsValueAndShadow()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats(hasAverage: true) with { InitialElement = TestShard.Bytes(1.5f) });

        await shard.ApplyAsync(UpdateKind.Initialise, null);

        Assert.Equal((float[])[1.5f, 1.5f, 1.5f, 1.5f], await shard.ReadAsync());
        Assert.Equal((float[])[1.5f, 1.5f, 1.5f, 1.5f], await shard.ReadAsync(TensorPart.Shadow));
    }

    [Fact]
    public async Task UpdateAverage_OfTen_FromZero_IsTensorFlowsBits()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats(hasAverage: true));
        await shard.ApplyAsync(UpdateKind.Initialise, null);
        await shard.AssignAsync(10, 10, 10, 10);

        await shard.ApplyAsync(UpdateKind.UpdateAverage, null);

        float[] shadow = await shard.ReadAsync(TensorPart.Shadow);
        Assert.All(shadow, element => Assert.Equal(BitConverter.SingleToInt32Bits(0.099999905f), BitConverter.SingleToInt32Bits(element)));
    }

    [Fact]
    public async Task Apply_TheSameOperationAgain_ChangesNothing()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        await shard.AssignAsync(1, 2, 3, 4);
        ShardUpdate add = shard.Update(UpdateKind.AssignAdd, TestShard.Bytes(1, 1, 1, 1));

        Assert.True(await shard.Grain.ApplyAsync(add));
        Assert.False(await shard.Grain.ApplyAsync(add));

        Assert.Equal((float[])[2, 3, 4, 5], await shard.ReadAsync());
    }

    [Fact]
    public async Task Apply_AnOlderStep_IsStale()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        await shard.ApplyAsync(UpdateKind.Assign, TestShard.Bytes(1, 2, 3, 4), stamp: shard.Stamp(step: 5));

        await RefusedAsync(CheckpointError.StaleStep, () => shard.ApplyAsync(UpdateKind.Assign, TestShard.Bytes(0, 0, 0, 0), stamp: shard.Stamp(step: 4)));
    }

    [Fact]
    public async Task Apply_UnderAnotherGenerationEpochOrIncarnation_IsRefusedByItsKind()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        ShardUpdate update = shard.Update(UpdateKind.Assign, TestShard.Bytes(1, 2, 3, 4));

        await RefusedAsync(CheckpointError.StaleGeneration, () => shard.Grain.ApplyAsync(update with { Stamp = update.Stamp with { Generation = 0 } }));
        await RefusedAsync(CheckpointError.TryAgain, () => shard.Grain.ApplyAsync(update with { Stamp = update.Stamp with { Generation = 2 } }));
        await RefusedAsync(CheckpointError.Superseded, () => shard.Grain.ApplyAsync(update with { Stamp = update.Stamp with { Epoch = 0 } }));
        await RefusedAsync(CheckpointError.TryAgain, () => shard.Grain.ApplyAsync(update with { Stamp = update.Stamp with { Epoch = 2 } }));
        await RefusedAsync(CheckpointError.TryAgain, () => shard.Grain.ApplyAsync(update with { Incarnation = Guid.NewGuid() }));
        Assert.True(await shard.Grain.ApplyAsync(update));
    }

    [Fact]
    public async Task Anything_BeforeAdmission_IsToTryAgain()
    {
        var id = new ShardId("model" + Guid.NewGuid().ToString("N"), "v", 0);
        ShardReport report = await cluster.Grain(id).ReportAsync();
        var shard = new TestShard(id, cluster.Grain(id), report.Incarnation);

        Assert.False(report.IsAdmitted);
        await RefusedAsync(CheckpointError.TryAgain, () => shard.AssignAsync(1, 2, 3, 4));
        await RefusedAsync(CheckpointError.TryAgain, () => shard.ReadAsync());
        await RefusedAsync(CheckpointError.TryAgain, () => shard.SealAsync(Guid.NewGuid(), 1));
    }

    [Fact]
    public async Task Apply_ThatMakesTheActivation_IsRefused_AndTheActivationGoes()
    {
        var id = new ShardId("model" + Guid.NewGuid().ToString("N"), "v", 0);
        var stray = new TestShard(id, cluster.Grain(id), Guid.NewGuid());
        Guid first = await RefusedActivationAsync(stray);

        Guid second = await RefusedActivationAsync(stray);
        ShardReport report = await stray.Grain.ReportAsync();
        await RefusedAsync(CheckpointError.TryAgain, () => stray.AssignAsync(1, 2, 3, 4));

        Assert.NotEqual(first, second);
        Assert.NotEqual(second, report.Incarnation);
        Assert.Equal(report.Incarnation, (await stray.Grain.ReportAsync()).Incarnation);
    }

    [Theory]
    [InlineData(-4, 4)]
    [InlineData(16, 4)]
    [InlineData(12, 8)]
    [InlineData(2, 4)]
    [InlineData(0, 3)]
    [InlineData(long.MaxValue - 3, 4)]
    public async Task Assign_OfARangeThatDoesNotFit_IsRefused(long offset, int length)
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        await shard.AssignAsync(1, 2, 3, 4);

        await RefusedAsync(CheckpointError.InvalidArgument, () => shard.ApplyAsync(UpdateKind.Assign, new byte[length], offset));

        Assert.Equal((float[])[1, 2, 3, 4], await shard.ReadAsync());
    }

    [Fact]
    public async Task Assign_OfAPart_BeforeAnyValue_IsUninitialised()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());

        await RefusedAsync(CheckpointError.Uninitialised, () => shard.ApplyAsync(UpdateKind.Assign, TestShard.Bytes(1), offset: 4));
    }

    [Fact]
    public async Task Seal_ThenUpdate_KeepsTheSealedBytes_AndReleaseReturnsThePages()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        await shard.AssignAsync(1, 2, 3, 4);
        long before = cluster.Shards.Pool.UsedPages;
        var attempt = Guid.NewGuid();

        SealReceipt receipt = await shard.SealAsync(attempt, cut: 1);
        await shard.ApplyAsync(UpdateKind.AssignAdd, TestShard.Bytes(1, 1, 1, 1), stamp: shard.Stamp(cut: 1, step: 2));

        Assert.True(receipt.ValueInitialised);
        Assert.False(receipt.ShadowInitialised);
        Assert.Equal(receipt, await shard.SealAsync(attempt, cut: 1));
        Assert.Equal(before + 1, cluster.Shards.Pool.UsedPages);
        await shard.ReleaseAsync(attempt, cut: 1);
        await shard.ReleaseAsync(attempt, cut: 1);
        Assert.Equal(before, cluster.Shards.Pool.UsedPages);
        Assert.Equal((float[])[2, 3, 4, 5], await shard.ReadAsync());
    }

    [Fact]
    public async Task Seal_AfterItsRelease_IsAborted_AndFreezesNothing()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        await shard.AssignAsync(1, 2, 3, 4);
        var attempt = Guid.NewGuid();

        await shard.ReleaseAsync(attempt, cut: 1);
        await RefusedAsync(CheckpointError.Aborted, () => shard.SealAsync(attempt, cut: 1));

        Assert.Null(cluster.Shards.Sealed.TryTake(attempt, shard.Id, TensorPart.Value, shard.Incarnation));
        await shard.SealAsync(Guid.NewGuid(), cut: 2);
    }

    [Fact]
    public async Task Apply_StampedBeforeASealedCut_IsStale_DuplicatesAside()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        ShardUpdate assign = shard.Update(UpdateKind.Assign, TestShard.Bytes(1, 2, 3, 4));
        await shard.Grain.ApplyAsync(assign);
        await shard.SealAsync(Guid.NewGuid(), cut: 1);

        Assert.False(await shard.Grain.ApplyAsync(assign));
        await RefusedAsync(CheckpointError.StaleStep, () => shard.ApplyAsync(UpdateKind.AssignAdd, TestShard.Bytes(1, 1, 1, 1)));
    }

    [Fact]
    public async Task Seal_AfterUpdatesOfTheCut_FreezesTheStateBeforeThem()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        await shard.AssignAsync(1, 2, 3, 4);
        await shard.ApplyAsync(UpdateKind.Assign, TestShard.Bytes(9, 9, 9, 9), stamp: shard.Stamp(cut: 1, step: 2));
        var snapshot = Guid.NewGuid();

        await shard.SealAsync(snapshot, cut: 1);

        FrozenPart frozen = cluster.Shards.Sealed.TryTake(snapshot, shard.Id, TensorPart.Value, shard.Incarnation)!;
        Assert.Equal(TestShard.Bytes(1, 2, 3, 4), frozen.BytesOf(0).ToArray());
        Assert.Equal((float[])[9, 9, 9, 9], await shard.ReadAsync());
        frozen.Release();
    }

    [Fact]
    public async Task ConfirmEpoch_ANewOne_DropsSealedVersions_AndRefusesTheOld()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        await shard.AssignAsync(1, 2, 3, 4);
        var attempt = Guid.NewGuid();
        await shard.SealAsync(attempt, cut: 1);

        ShardReport report = await shard.Grain.ConfirmEpochAsync(2);

        Assert.Equal(2, report.Epoch);
        Assert.Null(cluster.Shards.Sealed.TryTake(attempt, shard.Id, TensorPart.Value, shard.Incarnation));
        await RefusedAsync(CheckpointError.Superseded, () => shard.Grain.ConfirmEpochAsync(1));
        await RefusedAsync(CheckpointError.Superseded, () => shard.AssignAsync(1, 2, 3, 4));
    }

    [Fact]
    public async Task Fence_ASession_RefusesItAndTellsWhetherItsStepWasSeen()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        ShardUpdate assign = shard.Update(UpdateKind.Assign, TestShard.Bytes(1, 2, 3, 4));
        await shard.Grain.ApplyAsync(assign);

        Assert.False(await shard.Grain.FenceAsync(Guid.NewGuid(), 1, 1));
        Assert.False(await shard.Grain.FenceAsync(assign.Operation.Session, 2, 1));
        Assert.True(await shard.Grain.FenceAsync(assign.Operation.Session, 1, 1));
        await RefusedAsync(CheckpointError.StaleStep, () => shard.AssignAsync(0, 0, 0, 0));
        await RefusedAsync(CheckpointError.StaleStep, () => shard.ApplyAsync(UpdateKind.Assign, TestShard.Bytes(0, 0, 0, 0), stamp: shard.Stamp(step: 9)));
    }

    [Fact]
    public async Task Swap_WithoutALoad_KeepsOrClearsTheValues_AndForgetsSessions()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        await shard.AssignAsync(1, 2, 3, 4);

        ShardReport kept = await shard.Grain.SwapAsync(new SwapTicket(null, shard.Incarnation, 2, 1, Clear: false, null, 0, 0));
        Assert.Equal((2, true), (kept.Generation, kept.ValueInitialised));
        Assert.Empty(kept.Sessions);
        await RefusedAsync(CheckpointError.StaleGeneration, () => shard.ReadAsync());

        ShardReport cleared = await shard.Grain.SwapAsync(new SwapTicket(null, shard.Incarnation, 3, 1, Clear: true, null, 0, 0));
        Assert.Equal((3, false), (cleared.Generation, cleared.ValueInitialised));
        var unknown = new SwapTicket(Guid.NewGuid(), shard.Incarnation, 4, 1, Clear: true, null, 0, 0);
        await RefusedAsync(CheckpointError.Aborted, () => shard.Grain.SwapAsync(unknown));
    }

    [Fact]
    public async Task Retire_FreesThePages_AndAFreshActivationComesInstead()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        await shard.AssignAsync(1, 2, 3, 4);
        long before = cluster.Shards.Pool.UsedPages;

        await shard.Grain.RetireAsync(1);

        Assert.Equal(before - 1, cluster.Shards.Pool.UsedPages);
        Assert.Null(cluster.Shards.Local.Find(shard.Id));
        Assert.NotEqual(shard.Incarnation, (await shard.Grain.ReportAsync()).Incarnation);
    }

    /// <summary>The activation that says that it is not the one which was meant.</summary>
    private static async Task<Guid> RefusedActivationAsync(TestShard shard)
    {
        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => shard.AssignAsync(1, 2, 3, 4));
        Assert.Equal(CheckpointError.TryAgain, refusal.Error);
        return Guid.Parse(refusal.Message.Split("is the activation ")[1].Split(',')[0]);
    }

    private static async Task RefusedAsync(CheckpointError error, Func<Task> call) =>
        Assert.Equal(error, (await Assert.ThrowsAsync<CheckpointException>(call)).Error);
}
