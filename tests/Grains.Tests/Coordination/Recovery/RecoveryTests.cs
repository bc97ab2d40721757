using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;

namespace Cairn.Grains.Tests.Coordination.Recovery;

/// <summary>The store fails in the middle of a recovery or restore; steps are torn while saves wait; shards outlive their model.</summary>
public sealed class RecoveryTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task ARollbackWhoseBaseCannotBeReadJustNow_IsTriedAgain_AndNeverComesUpEmpty()
    {
        UnreliableStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]), TestJob.Float("b", [1]));
        await job.InitialiseAsync(("a", [1]), ("b", [1]));
        await job.SaveAsync("m.ckpt");
        store.RefusesRead = name => name == "m.ckpt.index";

        await TearAsync(job);
        await store.Refused.WaitAsync(Deadline);
        CheckpointException loading = await Assert.ThrowsAsync<CheckpointException>(job.OpenAsync);
        store.RefusesRead = _ => false;
        await job.WaitForGenerationAsync(2);
        await job.OpenAsync();

        Assert.Equal(CheckpointError.TryAgain, loading.Error);
        Assert.Contains("not to be had just now", loading.Message, StringComparison.Ordinal);
        Assert.Equal(ModelPhase.Ready, job.Description.Phase);
        Assert.Equal((float[])[1], await job.ReadAsync("a"));
    }

    [Fact]
    public async Task ACoordinatorThatDies_WhileTheBaseIsNotLoaded_HasASuccessorThatLoadsIt()
    {
        UnreliableStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]), TestJob.Float("b", [1]));
        await job.InitialiseAsync(("a", [1]), ("b", [1]));
        await job.SaveAsync("m.ckpt");
        store.RefusesRead = name => name == "m.ckpt.index";
        await TearAsync(job);
        await store.Refused.WaitAsync(Deadline);

        await cluster.DeactivateAsync(job.Coordinator);
        store.RefusesRead = _ => false;
        await job.WaitForGenerationAsync(2);
        await job.OpenAsync();

        Assert.Equal((float[])[1], await job.ReadAsync("a"));
    }

    [Fact]
    public async Task ASaveThatWaitsForAStep_IsGivenUp_WhenTheStepIsTorn()
    {
        UnreliableStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]), TestJob.Float("b", [1]));
        await job.InitialiseAsync(("a", [1]), ("b", [1]));
        await job.SaveAsync("m.ckpt", 1);
        StepStamp stamp = await job.BeginAsync();
        await job.UpdateAsync(stamp, UpdateKind.Assign, "a", [2], () => 0);
        OperationStatus[] started =
        [
            await job.Coordinator.StartSaveAsync(new SaveRequest(Guid.NewGuid(), "m.ckpt", 2, [], new SaveOptions(), null)),
            await job.Coordinator.StartSaveAsync(new SaveRequest(Guid.NewGuid(), "m.ckpt", 3, [], new SaveOptions(), null)),
        ];

        await job.Coordinator.AbandonStepAsync(new StepRequest(job.Session.Incarnation, job.Session.Generation, stamp.Step));

        foreach (OperationStatus save in started)
        {
            Assert.Equal(CheckpointError.Aborted, TestJob.Refused(await job.RunAsync(Task.FromResult(save))).Error);
        }

        await job.WaitForGenerationAsync(2);
        await job.OpenAsync();
        Assert.Equal("m.ckpt-1", job.Description.BasePrefix);
        Assert.Equal((float[])[1], await job.ReadAsync("a"));
    }

    [Fact]
    public async Task ARestore_WhoseGenerationWasRaised_WhileTheAnswerWasLost_GoesForward()
    {
        UnreliableStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [1]));
        await job.InitialiseAsync(("v", [1]));
        await job.SaveAsync("m.ckpt");
        await job.AssignAsync(UpdateKind.Assign, ("v", [2]));
        int lost = 0;
        int refused = 0;
        store.LosesAnswer = name => name == "_cairn/models/ranker" && lost++ == 0;
        store.RefusesRead = name => name == "_cairn/models/ranker" && refused++ == 0;

        OperationStatus restored = await job.RestoreAsync("m.ckpt");

        Assert.Equal((OperationPhase.Succeeded, null), (restored.Phase, restored.Message));
        Assert.True(refused > 1);
        Assert.Equal((2, 2), (job.Description.Generation, restored.Generation));
        Assert.Equal((float[])[1], await job.ReadAsync("v"));
    }

    [Fact]
    public async Task AShardThatOutlivedANamesake_IsRetired_WhenTheModelIsDefined()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new UnreliableStore());
        IVariableGrain survivor = cluster.Shard(new ShardId("ranker", "v", 0).ToString());
        ShardReport report = await survivor.ReportAsync();
        await survivor.AdmitAsync(new ShardAdmission(report.Incarnation, TestJob.Float("v", [2]), 0, 0, 0));

        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [4]));
        await job.InitialiseAsync(("v", [1, 2, 3, 4]));

        Assert.Equal((float[])[1, 2, 3, 4], await job.ReadAsync("v"));
        Assert.NotEqual(report.Incarnation, (await survivor.ReportAsync()).Incarnation);
    }

    [Fact]
    public async Task AZombiesRenewal_OfAnOlderGeneration_IsRefused_AndTheLiveNamesakeStays()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new UnreliableStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [1]));
        await job.InitialiseAsync(("v", [1]));
        await job.SaveAsync("m.ckpt");
        SessionLease zombie = job.Session;
        await job.RestoreAsync("m.ckpt");

        StaleGenerationException stale = await Assert.ThrowsAsync<StaleGenerationException>(
            () => job.Coordinator.OpenSessionAsync(zombie.Name, zombie.Incarnation, null, zombie.Generation));
        CheckpointException gone = await Assert.ThrowsAsync<CheckpointException>(() => job.Coordinator.OpenSessionAsync(zombie.Name, zombie.Incarnation));
        await job.AssignAsync(UpdateKind.Assign, ("v", [2]));

        Assert.Equal((CheckpointError.StaleGeneration, CheckpointError.StaleStep), (stale.Error, gone.Error));
        Assert.Equal(zombie.LastEndedStep + 2, job.Session.LastEndedStep + 1);
    }

    [Fact]
    public async Task AnActivationForANameThatNothingIsDefinedUnder_Ends()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new UnreliableStore());
        await Assert.ThrowsAsync<CheckpointException>(() => cluster.Coordinator("nobody").DescribeAsync());

        using CancellationTokenSource limit = new(Deadline);
        while (await cluster.IsActiveAsync(cluster.Coordinator("nobody")))
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task TearAsync(TestJob job)
    {
        StepStamp stamp = await job.BeginAsync();
        await job.UpdateAsync(stamp, UpdateKind.Assign, "a", [2], () => 0);
        await job.Coordinator.AbandonStepAsync(new StepRequest(job.Session.Incarnation, job.Session.Generation, stamp.Step));
    }
}
