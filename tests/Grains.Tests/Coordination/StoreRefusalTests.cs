using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Storage.Memory;
using Cairn.Testing.Faults;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>A store that is full, or refuses the credentials, at every operation of a save in turn.</summary>
public sealed class StoreRefusalTests
{
    private static readonly float[] Old = [1, 2, 3, 4];
    private static readonly float[] New = [5, 6, 7, 8];

    [Theory]
    [InlineData(FaultMode.StoreFull, CheckpointError.StoreFull)]
    [InlineData(FaultMode.AccessDenied, CheckpointError.AccessDenied)]
    public async Task ASave_ThatTheStoreRefusesAnywhere_FailsWithThatKindAndCause_TheOldCheckpointStands_AndTheNextSaveWorks(
        FaultMode mode, CheckpointError kind)
    {
        SwitchableStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        int refused = 0;
        for (int operation = 1; ; operation++)
        {
            MemoryBlobStore sound = new();
            store.Current = sound;
            TestJob job = await TestJob.DefineAsync(cluster, $"ranker{operation}", TestJob.Float("v", [4], shards: 2));
            await job.InitialiseAsync(("v", Old));
            Assert.Equal(OperationPhase.Succeeded, (await job.SaveAsync("m/m.ckpt", 1)).Phase);
            await job.AssignAsync(UpdateKind.Assign, ("v", New));
            FaultInjectingBlobStore faulty = new(sound, operation, mode);

            store.Current = faulty;
            OperationStatus save = await job.SaveAsync("m/m.ckpt", 2);
            store.Current = sound;

            string refusedAt = faulty.Operations[Math.Min(operation, faulty.Count) - 1];
            string run = $"{mode} at operation {operation}, {refusedAt}";
            if (save.Phase == OperationPhase.Failed)
            {
                // Once the record may say that the save commits, only recovery can end it: that is Aborted, and tells the cause.
                bool isOfTheRecord = refusedAt.StartsWith("TryWrite _cairn/models/", StringComparison.Ordinal);
                Assert.True(save.Error == kind || (isOfTheRecord && save.Error == CheckpointError.Aborted), $"{run}: {save.Error}, {save.Message}");
                Assert.True(save.Message!.Contains("injected fault", StringComparison.Ordinal), $"{run}: {save.Message}");
                await RequireOldAsync(job, run);
                refused++;
            }

            await RequireNextAsync(job, run);
            if (faulty.Count < operation)
            {
                Assert.True(refused > 10, $"{refused} operations only made the save fail: the faults were not where the test believes.");
                return;
            }
        }
    }

    private static async Task RequireOldAsync(TestJob job, string run)
    {
        string[] listed = [.. (await job.Coordinator.ListAsync("m")).Select(checkpoint => checkpoint.Prefix)];
        Assert.True(listed is ["m/m.ckpt-1"], $"{run}: listed are {string.Join(", ", listed)}");
        Assert.Equal("m/m.ckpt-1", await job.Coordinator.LatestAsync("m", "checkpoint"));
        Assert.Equal(New, await job.ReadAsync("v"));
        OperationStatus restored = await job.RestoreAsync("m/m.ckpt-1");
        Assert.True(restored.Phase == OperationPhase.Succeeded, $"{run}: the old checkpoint does not load: {restored.Message}");
        Assert.Equal(Old, await job.ReadAsync("v"));
        await job.AssignAsync(UpdateKind.Assign, ("v", New));
    }

    private static async Task RequireNextAsync(TestJob job, string run)
    {
        OperationStatus next = await job.SaveAsync("m/m.ckpt", 3);
        Assert.True(next.Phase == OperationPhase.Succeeded, $"{run}: the next save failed: {next.Message}");
        Assert.Equal("m/m.ckpt-3", await job.Coordinator.LatestAsync("m", "checkpoint"));
        await job.AssignAsync(UpdateKind.Assign, ("v", Old));
        Assert.Equal(OperationPhase.Succeeded, (await job.RestoreAsync("m/m.ckpt-3")).Phase);
        Assert.Equal(New, await job.ReadAsync("v"));
    }
}
