using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Sidecars;
using Cairn.Grains.Coordination.Records;
using Cairn.Storage.Memory;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>What becomes of a model when something of it is lost, as its policies say.</summary>
public sealed class PolicyTests
{
    private static readonly float[] Rows = [1, 2, 3, 4];
    private static readonly ModelPolicies Hold = new(Losses: LossPolicy.Hold);
    private static readonly ModelPolicies Accept = new(TornStepPolicy.Accept);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task AShardIsLost_UnderHold_TheModelIsUnloaded_AndAnExplicitRestoreIsAccepted()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TrainedAsync(cluster, Hold);

        await LoseAShardAsync(cluster, job);
        StaleGenerationException stale = await Assert.ThrowsAsync<StaleGenerationException>(job.BeginAsync);
        await job.OpenAsync();
        ModelDescription held = job.Description;
        CheckpointException empty = await Assert.ThrowsAsync<CheckpointException>(() => job.ReadAsync("v"));
        OperationStatus restored = await job.RestoreAsync("m/m.ckpt-1");

        Assert.Equal(2, stale.Generation);
        Assert.Equal(ModelPhase.Unloaded, held.Phase);
        Assert.Contains("held, as its policy for losses says", held.Fault!, StringComparison.Ordinal);
        Assert.Contains("'m/m.ckpt-1'", held.Fault!, StringComparison.Ordinal);
        Assert.Equal(CheckpointError.Uninitialised, empty.Error);
        Assert.Equal(OperationPhase.Succeeded, restored.Phase);
        Assert.Equal(ModelPhase.Ready, job.Description.Phase);
        Assert.Equal(Rows, await job.ReadAsync("v"));
    }

    [Fact]
    public async Task AHeldModel_StaysHeldUnderANewCoordinator_AndIsReadyOnceItIsInitialisedAndSaved()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TrainedAsync(cluster, Hold);
        await LoseAShardAsync(cluster, job);

        await cluster.DeactivateAsync(job.Coordinator);
        await job.WaitForGenerationAsync(2);
        await job.OpenAsync();
        ModelDescription held = job.Description;
        await job.InitialiseAsync(("v", [5, 6, 7, 8]));
        OperationStatus saved = await job.SaveAsync("m/m.ckpt", 2);
        await job.OpenAsync();

        Assert.Equal((ModelPhase.Unloaded, 2L), (held.Phase, held.Generation));
        Assert.Equal(OperationPhase.Succeeded, saved.Phase);
        Assert.Equal((ModelPhase.Ready, 2L), (job.Description.Phase, job.Description.Generation));
        Assert.Equal((float[])[5, 6, 7, 8], await job.ReadAsync("v"));
    }

    [Fact]
    public async Task AStepIsTorn_UnderHold_TheModelRollsBack()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TrainedAsync(cluster, Hold);
        StepStamp stamp = await job.BeginAsync();
        await job.UpdateAsync(stamp, UpdateKind.Assign, "v", [9, 9, 9, 9], () => 0);

        await job.Coordinator.AbandonStepAsync(new StepRequest(job.Session.Incarnation, job.Session.Generation, stamp.Step));
        await job.WaitForGenerationAsync(2);
        await job.OpenAsync();

        Assert.Equal(ModelPhase.Ready, job.Description.Phase);
        Assert.Equal(Rows, await job.ReadAsync("v"));
    }

    [Fact]
    public async Task AStepIsTorn_UnderAccept_ItStays_AndEveryLaterCheckpointNamesIt()
    {
        MemoryBlobStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TrainedAsync(cluster, Accept);

        (Guid torn, long step) = await TearAsync(job);
        CoordinatorRecord record = await RecordAsync(store);
        await job.OpenAsync();
        OperationStatus saved = await job.SaveAsync("m/m.ckpt", 2);
        await cluster.DeactivateAsync(job.Coordinator);
        await job.OpenAsync();
        await job.SaveAsync("m/m.ckpt", 3);

        SidecarTornStep named = new("worker", torn, step);
        Assert.Equal(("worker", torn, step), (record.Tears.Single().Session, record.Tears.Single().Incarnation, record.Tears.Single().Step));
        Assert.Empty(record.Endings);
        Assert.Equal(OperationPhase.Succeeded, saved.Phase);
        Assert.Equal(1, job.Description.Generation);
        Assert.Equal((float[])[9, 9, 3, 4], await job.ReadAsync("v"));
        Assert.Empty((await SidecarAsync(store, "m/m.ckpt-1")).TornSteps);
        Assert.Equal([named], (await SidecarAsync(store, "m/m.ckpt-2")).TornSteps);
        Assert.Equal([named], (await SidecarAsync(store, "m/m.ckpt-3")).TornSteps);
    }

    [Fact]
    public async Task ATornStep_ThatARestoreBringsBack_IsNamedAgain_AndOneThatItLeavesBehindIsNot()
    {
        MemoryBlobStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TrainedAsync(cluster, Accept);
        (Guid torn, long step) = await TearAsync(job);
        await job.OpenAsync();
        await job.SaveAsync("m/m.ckpt", 2);

        await job.RestoreAsync("m/m.ckpt-1");
        await job.SaveAsync("m/m.ckpt", 3);
        await job.RestoreAsync("m/m.ckpt-2");
        await job.SaveAsync("m/m.ckpt", 4);

        Assert.Empty((await SidecarAsync(store, "m/m.ckpt-3")).TornSteps);
        Assert.Equal([new SidecarTornStep("worker", torn, step)], (await SidecarAsync(store, "m/m.ckpt-4")).TornSteps);
    }

    [Fact]
    public async Task AStepIsTorn_UnderAccept_WhileTheStoreIsAway_IsNotSaved_BeforeTheRecordKnowsIt()
    {
        UnreliableStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TrainedAsync(cluster, Accept);
        StepStamp stamp = await job.BeginAsync();
        await job.UpdateAsync(stamp, UpdateKind.Assign, "v", [9, 9, 9, 9], () => 0);
        store.RefusesWrite = name => name == "_cairn/models/ranker";

        Task<bool> abandoned = job.Coordinator.AbandonStepAsync(new StepRequest(job.Session.Incarnation, job.Session.Generation, stamp.Step));
        await store.Refused.WaitAsync(Deadline);
        OperationStatus save = await job.Coordinator.StartSaveAsync(new SaveRequest(Guid.NewGuid(), "m/m.ckpt", 2, [], new SaveOptions(), null));
        OperationStatus waiting = await job.Coordinator.WaitAsync(save.Request, TimeSpan.FromSeconds(1));
        store.RefusesWrite = _ => false;
        OperationStatus saved = await job.RunAsync(Task.FromResult(waiting));

        Assert.False(waiting.IsDone);
        Assert.Contains("fenced", waiting.Message!, StringComparison.Ordinal);
        Assert.True(await abandoned);
        Assert.Equal(OperationPhase.Succeeded, saved.Phase);
        Assert.Single((await SidecarAsync(store, "m/m.ckpt-2")).TornSteps);
    }

    [Theory]
    [InlineData(TornStepPolicy.Rollback)]
    [InlineData(TornStepPolicy.Accept)]
    public async Task TheCoordinatorDies_WhileAStepIsBeingGivenUp_ItsSuccessorDecides(TornStepPolicy policy)
    {
        UnreliableStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TrainedAsync(cluster, new ModelPolicies(policy));
        StepStamp stamp = await job.BeginAsync();
        await job.UpdateAsync(stamp, UpdateKind.Assign, "v", [9, 9, 9, 9], () => 0);
        AbandonedStep step = new("worker", job.Session.Incarnation, stamp.Step, new SaveStamp(stamp.Generation, stamp.Epoch, stamp.Cut));

        await EndAsPredecessorAsync(store, step);
        await cluster.DeactivateAsync(job.Coordinator);
        using CancellationTokenSource limit = new(Deadline);
        CoordinatorRecord record;
        do
        {
            limit.Token.ThrowIfCancellationRequested();
            await job.Coordinator.DescribeAsync();
            record = await RecordAsync(store);
        }
        while (record.Endings.Length > 0);

        await job.WaitForGenerationAsync(record.Generation);
        await job.OpenAsync();
        Assert.Equal(policy == TornStepPolicy.Accept ? 1 : 2, job.Description.Generation);
        Assert.Equal(policy == TornStepPolicy.Accept ? 1 : 0, record.Tears.Length);
        Assert.Equal(policy == TornStepPolicy.Accept ? [9, 9, 9, 9] : Rows, await job.ReadAsync("v"));
    }

    // What the record says when a coordinator dies between its first word to the shards and their answers.
    private static async Task EndAsPredecessorAsync(IBlobStore store, AbandonedStep step)
    {
        RecordStore records = new(store);
        (CoordinatorRecord record, BlobETag etag) = (await records.TryReadAsync("ranker", CancellationToken.None))!.Value;
        Assert.NotNull(await records.TryWriteAsync(TearRules.Begin(record, step), etag, CancellationToken.None));
    }

    private static async Task<(Guid Incarnation, long Step)> TearAsync(TestJob job)
    {
        StepStamp stamp = await job.BeginAsync();
        await job.UpdateShardAsync(stamp, "v", 0, [9, 9]);
        Guid incarnation = job.Session.Incarnation;
        Assert.True(await job.Coordinator.AbandonStepAsync(new StepRequest(incarnation, job.Session.Generation, stamp.Step)));
        return (incarnation, stamp.Step);
    }

    private static async Task<CoordinatorRecord> RecordAsync(IBlobStore store) =>
        (await new RecordStore(store).TryReadAsync("ranker", CancellationToken.None))!.Value.Record;

    private static async Task<Sidecar> SidecarAsync(IBlobStore store, string prefix)
    {
        BlobContent? content = await store.TryReadAsync($"{prefix}.cairn.json", Sidecar.LengthBytesMax, CancellationToken.None);
        return Sidecar.Parse(content!.Bytes.Span, prefix);
    }

    private static async Task<TestJob> TrainedAsync(CoordinatorCluster cluster, ModelPolicies policies)
    {
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", policies, TestJob.Float("v", [4], shards: 2));
        await job.InitialiseAsync(("v", Rows));
        Assert.Equal(OperationPhase.Succeeded, (await job.SaveAsync("m/m.ckpt", 1)).Phase);
        return job;
    }

    private static async Task LoseAShardAsync(CoordinatorCluster cluster, TestJob job)
    {
        IVariableGrain shard = cluster.Shard(job.Description.Routes[0].Shard.ToString());
        await cluster.DeactivateAsync(shard);
        await shard.ReportAsync();
        await job.WaitForGenerationAsync(2);
    }
}
