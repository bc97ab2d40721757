using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Storage.Memory;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>What becomes of a model when something of it is lost, as its policies say.</summary>
public sealed class PolicyTests
{
    private static readonly float[] Rows = [1, 2, 3, 4];
    private static readonly ModelPolicies Hold = new(Losses: LossPolicy.Hold);

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
