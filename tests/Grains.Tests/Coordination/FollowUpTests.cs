using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Storage.Memory;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>Saves that the coordinator makes by itself (R5, R17).</summary>
public sealed class FollowUpTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task ARestoreOfASubset_IsFollowedByASaveOfEverything_WhichIsTheBase_AndNotTheLatest()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]), TestJob.Float("b", [1]));
        await job.InitialiseAsync(("a", [1]), ("b", [1]));
        await job.SaveAsync("m/m.ckpt", 1);
        await job.AssignAsync(UpdateKind.Assign, ("a", [2]), ("b", [2]));
        await job.SaveAsync("m/m.ckpt", 2);

        OperationStatus restored = await job.RestoreAsync("m/m.ckpt-1", new TensorBinding("a", "a", TensorPart.Value));
        await WaitForBaseAsync(job, "m/cairn-base");
        await TearAsync(job);
        await job.WaitForGenerationAsync(3);
        await job.OpenAsync();

        Assert.Contains("'m/cairn-base' follows", restored.Message!, StringComparison.Ordinal);
        Assert.Equal("m/m.ckpt-2", await job.Coordinator.LatestAsync("m", "checkpoint"));
        Assert.Equal((float[])[1], await job.ReadAsync("a"));
        Assert.Equal((float[])[2], await job.ReadAsync("b"));
    }

    [Fact]
    public async Task ARestoreFromAnotherModelsFolder_IsFollowedByASaveIntoOnesOwn()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob other = await TestJob.DefineAsync(cluster, "other", TestJob.Float("a", [1]));
        await other.InitialiseAsync(("a", [7]));
        await other.SaveAsync("other/m.ckpt", 1);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]));
        await job.InitialiseAsync(("a", [1]));
        await job.SaveAsync("own/m.ckpt", 1);

        OperationStatus restored = await job.RestoreAsync("other/m.ckpt-1");
        await WaitForBaseAsync(job, "own/cairn-base");

        Assert.Equal(OperationPhase.Succeeded, restored.Phase);
        Assert.Equal((float[])[7], await job.ReadAsync("a"));
    }

    [Fact]
    public async Task ASessionThatToreAStep_WhileOthersTrain_GetsAStampOnceANewerCheckpointIsThere()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]));
        await job.InitialiseAsync(("a", [1]));
        await job.SaveAsync("m/m.ckpt", 1);
        await TearAsync(job);
        await job.WaitForGenerationAsync(2);
        await job.Coordinator.OpenSessionAsync("another", Guid.NewGuid());
        await job.OpenAsync();

        await job.BeginAsync();

        Assert.Equal("m/cairn-base", (await job.Coordinator.GetStatusAsync()).BasePrefix);
    }

    private static async Task TearAsync(TestJob job)
    {
        StepStamp stamp = await job.BeginAsync();
        await job.UpdateAsync(stamp, UpdateKind.Assign, "a", [9], () => 0);
        await job.Coordinator.AbandonStepAsync(new StepRequest(job.Session.Incarnation, job.Session.Generation, stamp.Step));
    }

    private static async Task WaitForBaseAsync(TestJob job, string prefix)
    {
        using CancellationTokenSource limit = new(Deadline);
        while ((await job.Coordinator.GetStatusAsync()).BasePrefix != prefix)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
