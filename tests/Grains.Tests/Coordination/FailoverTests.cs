using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Storage.Memory;
using Orleans.TestingHost;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>Silos die; clusters start cold; sessions vanish in a step.</summary>
public sealed class FailoverTests
{
    private static readonly float[] Rows = [1, 2, 3, 4, 5, 6, 7, 8];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ASiloDies_TheModelComesBackFromItsBase_AsANewGeneration(bool coordinatorDies)
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore(), silos: 3);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [8], shards: 6));
        await job.InitialiseAsync(("v", Rows));
        await job.SaveAsync("m.ckpt", 1);
        await job.AssignAsync(UpdateKind.AssignAdd, ("v", Rows));
        long before = job.Description.Generation;

        await cluster.KillAsync(await VictimAsync(cluster, job, coordinatorDies));
        await job.WaitForGenerationAsync(before + 1);
        StaleGenerationException stale = await Assert.ThrowsAsync<StaleGenerationException>(job.BeginAsync);
        await job.OpenAsync();

        Assert.Equal((before + 1, "m.ckpt-1"), (stale.Generation, stale.ResumePrefix));
        Assert.Equal(job.Session.LastEndedStep + 1, stale.ResumeStep);
        Assert.Contains("Resume from 'm.ckpt-1'", stale.Message, StringComparison.Ordinal);
        Assert.Equal(Rows, await job.ReadAsync("v"));
        await job.AssignAsync(UpdateKind.AssignAdd, ("v", Rows));
        Assert.Equal(OperationPhase.Succeeded, (await job.SaveAsync("m.ckpt", 2)).Phase);
    }

    [Fact]
    public async Task ASiloDies_WithoutACheckpoint_LeavesTheModelUninitialised_AndItCanBeInitialisedAgain()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore(), silos: 2);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [8], shards: 4));
        await job.InitialiseAsync(("v", Rows));

        await cluster.KillAsync(await VictimAsync(cluster, job, coordinatorDies: false));
        await job.WaitForGenerationAsync(2);
        await job.OpenAsync();
        CheckpointException empty = await Assert.ThrowsAsync<CheckpointException>(() => job.ReadAsync("v"));
        await job.InitialiseAsync(("v", Rows));

        Assert.Equal(CheckpointError.Uninitialised, empty.Error);
        Assert.Equal(Rows, await job.ReadAsync("v"));
    }

    [Fact]
    public async Task AColdStart_LoadsTheBase()
    {
        MemoryBlobStore store = new();
        await using (CoordinatorCluster first = await CoordinatorCluster.StartAsync(store, silos: 2))
        {
            TestJob job = await TestJob.DefineAsync(first, "ranker", TestJob.Float("v", [8], shards: 5, decay: 0.9f));
            await job.InitialiseAsync(("v", Rows));
            await job.SaveAsync("m.ckpt");
        }

        await using CoordinatorCluster second = await CoordinatorCluster.StartAsync(store, silos: 1);
        TestJob again = await TestJob.DefineAsync(second, "ranker", TestJob.Float("v", [8], shards: 5, decay: 0.9f));

        Assert.Equal(2, again.Description.Generation);
        Assert.Equal(2, again.Description.Epoch);
        Assert.Equal(Rows, await again.ReadAsync("v"));
        Assert.Equal(Rows, await again.ReadAsync("v", TensorPart.Shadow));
    }

    [Fact]
    public async Task AColdStart_WithADamagedBase_IsUnloaded_AndAnotherRestoreIsAccepted()
    {
        MemoryBlobStore store = new();
        await using (CoordinatorCluster first = await CoordinatorCluster.StartAsync(store))
        {
            TestJob job = await TestJob.DefineAsync(first, "ranker", TestJob.Float("v", [8]));
            await job.InitialiseAsync(("v", Rows));
            await job.SaveAsync("m.ckpt", 1);
            await job.SaveAsync("m.ckpt", 2);
        }

        await store.DeleteAsync("m.ckpt-2.data-00000-of-00001", null, CancellationToken.None);
        await using CoordinatorCluster second = await CoordinatorCluster.StartAsync(store);
        TestJob again = await TestJob.DefineAsync(second, "ranker", TestJob.Float("v", [8]));

        Assert.Equal(ModelPhase.Unloaded, again.Description.Phase);
        Assert.Contains("m.ckpt-2.data-00000-of-00001", again.Description.Fault!, StringComparison.Ordinal);
        Assert.Equal(OperationPhase.Succeeded, (await again.RestoreAsync("m.ckpt-1")).Phase);
        Assert.Equal(ModelPhase.Ready, again.Description.Phase);
        Assert.Equal(Rows, await again.ReadAsync("v"));
    }

    [Fact]
    public async Task AnotherCluster_IsRefused_UntilItTakesOver()
    {
        MemoryBlobStore store = new();
        await using CoordinatorCluster first = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TestJob.DefineAsync(first, "ranker", TestJob.Float("v", [8]));
        await job.InitialiseAsync(("v", Rows));
        await job.SaveAsync("m.ckpt");
        await using CoordinatorCluster second = await CoordinatorCluster.StartAsync(store, name: "second");
        await using CoordinatorCluster third = await CoordinatorCluster.StartAsync(store, 1, options => options.TakeOver = true, "third");

        CheckpointException refused = await Assert.ThrowsAsync<CheckpointException>(() => second.Coordinator("ranker").DescribeAsync());
        TestJob taken = await TestJob.DefineAsync(third, "ranker", TestJob.Float("v", [8]));
        CheckpointException superseded = TestJob.Refused(await job.SaveAsync("m.ckpt"));

        Assert.Equal(CheckpointError.Superseded, refused.Error);
        Assert.Contains("belongs to cluster 'cluster'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Rows, await taken.ReadAsync("v"));
        Assert.Equal(CheckpointError.Superseded, superseded.Error);
    }

    [Fact]
    public async Task AStepIsAbandonedHalfDone_TheModelRollsBack()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]), TestJob.Float("b", [1]));
        await job.InitialiseAsync(("a", [1]), ("b", [1]));
        await job.SaveAsync("m.ckpt");
        StepStamp stamp = await job.BeginAsync();
        await job.UpdateAsync(stamp, UpdateKind.Assign, "a", [2], () => 0);

        bool isTorn = await job.Coordinator.AbandonStepAsync(new StepRequest(job.Session.Incarnation, job.Session.Generation, stamp.Step));
        await job.WaitForGenerationAsync(2);
        await job.OpenAsync();

        Assert.True(isTorn);
        Assert.Equal((float[])[1], await job.ReadAsync("a"));
    }

    [Fact]
    public async Task AStepIsAbandonedBeforeItDidAnything_NothingIsLost()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]));
        await job.InitialiseAsync(("a", [1]));
        StepStamp stamp = await job.BeginAsync();

        bool isTorn = await job.Coordinator.AbandonStepAsync(new StepRequest(job.Session.Incarnation, job.Session.Generation, stamp.Step));
        await job.OpenAsync();

        Assert.False(isTorn);
        Assert.Equal(1, job.Description.Generation);
        Assert.Equal((float[])[1], await job.ReadAsync("a"));
    }

    [Fact]
    public async Task ASessionVanishesInAStep_ItsLeaseEndsIt_AndTheSaveGoesOn()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore(), 1, options => options.LeaseSeconds = 1);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]));
        await job.InitialiseAsync(("a", [1]));
        await job.BeginAsync();

        OperationStatus saved = await job.RunAsync(
            job.Coordinator.StartSaveAsync(new SaveRequest(Guid.NewGuid(), "m.ckpt", null, [], new SaveOptions(), null)));

        Assert.Equal((OperationPhase.Succeeded, null), (saved.Phase, saved.Message));
    }

    private static async Task<InProcessSiloHandle> VictimAsync(CoordinatorCluster cluster, TestJob job, bool coordinatorDies)
    {
        SiloAddress coordinator = await cluster.AddressOfAsync(job.Coordinator);
        foreach (ShardRoute route in job.Description.Routes)
        {
            SiloAddress silo = (await cluster.Shard(route.Shard.ToString()).ReportAsync()).Silo;
            if (silo.Equals(coordinator) == coordinatorDies)
            {
                return cluster.SiloOf(silo);
            }
        }

        throw new InvalidOperationException("No silo holds shards as the test needs it.");
    }
}
