using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;

namespace Cairn.Grains.Tests.Coordination.Cuts;

/// <summary>The coordinator is made anew in every phase of a save, while a step is open; what the old one still does changes nothing.</summary>
public sealed class CutFailoverTests
{
    [Fact]
    public async Task TheCoordinatorChanges_WhileTheCutIsOpen_TheStepGoesOn_AndTheNextSaveIsExact()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new GatedStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [4], shards: 2));
        TestJob quick = await job.JoinAsync("quick");
        await job.InitialiseAsync(("v", [0, 0, 0, 0]));
        StepStamp open = await job.BeginAsync();
        await job.UpdateAsync(open, UpdateKind.AssignAdd, "v", [10, 10, 10, 10], () => 0);
        OperationStatus started = await job.StartSaveAsync("m.ckpt", 1);
        int before = await quick.TrainUntilCutAsync("v", 1);

        await cluster.DeactivateAsync(job.Coordinator);
        await quick.RenewAsync(isInStep: false);
        await job.RenewAsync(isInStep: true);
        StepStamp again = await job.BeginAgainAsync();
        await job.UpdateAsync(again, UpdateKind.AssignAdd, "v", [100, 100, 100, 100], () => 5);
        await job.EndAsync();

        Assert.True(again.Epoch > open.Epoch && again.Step == open.Step);
        Assert.Equal(CheckpointError.NotFound, (await Assert.ThrowsAsync<CheckpointException>(
            () => job.Coordinator.WaitAsync(started.Request, TimeSpan.Zero))).Error);
        await RequireSavedAsync(job, 110 + before + 1);
    }

    [Fact]
    public async Task TheCoordinatorChanges_WhileShardsAreSealed_ALateSealIsRefused_AndTheNextSaveIsExact()
    {
        Gate sealing = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new GatedStore(), calls: call =>
            call.MethodName == nameof(IVariableGrain.SealAsync) && call.TargetId.Key.ToString()!.StartsWith("ranker/1/", StringComparison.Ordinal)
                ? sealing.PassAsync() : Task.CompletedTask);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [4], shards: 2));
        await job.InitialiseAsync(("v", [0, 0, 0, 0]));
        await job.StartSaveAsync("m.ckpt", 1);
        await sealing.ReachedAsync();
        StepStamp open = await job.BeginAsync();
        await job.UpdateAsync(open, UpdateKind.AssignAdd, "v", [1, 1, 1, 1], () => 0);

        await cluster.DeactivateAsync(job.Coordinator);
        sealing.Open();
        await job.RenewAsync(isInStep: true);
        await job.EndAsync();

        Assert.Equal(1, open.Cut);
        await RequireSavedAsync(job, 1);
    }

    [Fact]
    public async Task TheCoordinatorChanges_WhileASnapshotIsStored_ItIsAbsent_AndTheNextSaveIsExact()
    {
        GatedStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [4], shards: 2));
        await job.InitialiseAsync(("v", [0, 0, 0, 0]));
        Gate upload = store.HoldUpload("m.ckpt-1.data");
        OperationStatus started = await job.StartSaveAsync("m.ckpt", 1);
        await upload.ReachedAsync();
        StepStamp open = await job.BeginAsync();
        await job.UpdateAsync(open, UpdateKind.AssignAdd, "v", [1, 1, 1, 1], () => 0);

        await cluster.DeactivateAsync(job.Coordinator);
        await job.RenewAsync(isInStep: true);
        upload.Open();
        await job.EndAsync();

        Assert.Equal(CheckpointError.Aborted, TestJob.Refused(await job.RunAsync(job.Coordinator.WaitAsync(started.Request, TimeSpan.Zero))).Error);
        Assert.Empty(await job.Coordinator.ListAsync(""));
        await RequireSavedAsync(job, 1);
    }

    [Fact]
    public async Task TheCoordinatorChanges_WhileItCommits_TheSuccessorFinishesIt()
    {
        GatedStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [4], shards: 2));
        await job.InitialiseAsync(("v", [3, 3, 3, 3]));
        Gate copy = store.HoldCopy("m.ckpt-1.index");
        OperationStatus started = await job.StartSaveAsync("m.ckpt", 1);
        await copy.ReachedAsync();

        Task deactivated = cluster.DeactivateAsync(job.Coordinator);
        copy.Open();
        await deactivated;
        await job.RenewAsync(isInStep: false);
        OperationStatus saved = await job.RunAsync(job.Coordinator.WaitAsync(started.Request, TimeSpan.Zero));

        Assert.True(saved.Phase == OperationPhase.Succeeded, saved.Message);
        Assert.Equal("m.ckpt-1", await job.Coordinator.LatestAsync("", "checkpoint"));
        await job.RestoreAsync("m.ckpt-1");
        Assert.Equal((float[])[3, 3, 3, 3], await job.ReadAsync("v"));
    }

    private static async Task RequireSavedAsync(TestJob job, float expected)
    {
        OperationStatus saved = await job.SaveAsync("m.ckpt", 2);
        Assert.True(saved.Phase == OperationPhase.Succeeded, saved.Message);
        await job.AssignAsync(UpdateKind.Assign, ("v", [-1, -1, -1, -1]));
        await job.RestoreAsync("m.ckpt-2");
        Assert.Equal((float[])[expected, expected, expected, expected], await job.ReadAsync("v"));
    }
}
