using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Storage.Memory;
using Cairn.Testing.Faults;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>The coordinator and the silos' writers die at every store operation of a save, before and after its effect; a new coordinator recovers.</summary>
/// <remarks>docs/failures.md: the last checkpoint stands and loads; the interrupted one is absent or complete; never a mixture.</remarks>
public sealed class DeathTests
{
    private static readonly float[] Old = [1, 2, 3, 4];
    private static readonly float[] New = [5, 6, 7, 8];

    [Theory]
    [InlineData(FaultMode.DieBefore)]
    [InlineData(FaultMode.DieAfter)]
    public Task ANumberedSave_DyingAnywhere_LeavesTheOldCheckpoint_AndTheNewOneWholeOrAbsent(FaultMode mode) =>
        DieEverywhereAsync(mode, 1, 2, "m/m.ckpt-1", "m/m.ckpt-2");

    [Theory]
    [InlineData(FaultMode.DieBefore)]
    [InlineData(FaultMode.DieAfter)]
    public Task AReplacingSave_DyingAnywhere_LeavesTheOldOrTheNewCheckpoint_NeverAMixture(FaultMode mode) =>
        DieEverywhereAsync(mode, null, null, "m/m.ckpt", "m/m.ckpt");

    /// <summary>One fault of the store, whose response may be lost: the save succeeds or says why not, and the next one goes through.</summary>
    [Theory]
    [InlineData(FaultMode.FailBefore)]
    [InlineData(FaultMode.FailAfter)]
    public async Task ASave_WithAStoreThatFailsOnceAnywhere_EndsWithTheCause_AndTheNextOneGoesThrough(FaultMode mode)
    {
        SwitchableStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        bool isOver = false;
        for (int operation = 1; !isOver; operation++)
        {
            MemoryBlobStore sound = new();
            store.Current = sound;
            TestJob job = await TestJob.DefineAsync(cluster, $"ranker{operation}", TestJob.Float("v", [4], shards: 2));
            await job.InitialiseAsync(("v", New));
            FaultInjectingBlobStore faulty = new(sound, operation, mode);
            store.Current = faulty;

            OperationStatus first = await job.SaveAsync("m/m.ckpt");
            isOver = faulty.Count < operation;
            store.Current = sound;
            OperationStatus second = await job.SaveAsync("m/m.ckpt");
            OperationStatus restored = await job.RestoreAsync("m/m.ckpt");

            string run = $"{mode} at operation {operation}, {faulty.Operations[Math.Min(operation, faulty.Count) - 1]}";
            Assert.True(first.Phase == OperationPhase.Succeeded || first.Message!.Contains("injected fault", StringComparison.Ordinal), $"{run}: {first.Message}");
            Assert.True(second.Phase == OperationPhase.Succeeded, $"{run}: the next save failed: {second.Message}");
            Assert.True(restored.Phase == OperationPhase.Succeeded, $"{run}: {restored.Message}");
            Assert.Equal(New, await job.ReadAsync("v"));
        }
    }

    [Fact]
    public async Task AStoreThatDoesNotAnswer_IsSaidToTheCaller_NotAnActivationFailure()
    {
        SwitchableStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        store.Current = new FaultInjectingBlobStore(new MemoryBlobStore(), 1, FaultMode.FailBefore);

        CheckpointException refused = await Assert.ThrowsAsync<CheckpointException>(() => cluster.Coordinator("ranker").DescribeAsync());

        Assert.Equal(CheckpointError.StoreUnavailable, refused.Error);
        Assert.Contains("_cairn/models/ranker", refused.Message, StringComparison.Ordinal);
    }

    private static async Task DieEverywhereAsync(FaultMode mode, long? oldStep, long? newStep, string oldPrefix, string newPrefix)
    {
        SwitchableStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        for (int operation = 1; ; operation++)
        {
            MemoryBlobStore sound = new();
            store.Current = sound;
            TestJob job = await TestJob.DefineAsync(cluster, $"ranker{operation}", TestJob.Float("v", [4], shards: 2));
            await job.InitialiseAsync(("v", Old));
            Assert.Equal(OperationPhase.Succeeded, (await job.SaveAsync("m/m.ckpt", oldStep)).Phase);
            await job.AssignAsync(UpdateKind.Assign, ("v", New));

            FaultInjectingBlobStore faulty = new(sound, operation, mode);
            store.Current = faulty;
            OperationStatus status = await job.SaveAsync("m/m.ckpt", newStep);
            string run = $"{mode} at operation {operation}, {faulty.Operations[^1]}";
            Assert.True(status.Phase == OperationPhase.Succeeded || faulty.Count >= operation, $"{run}: {status.Message}");

            await cluster.DeactivateAsync(job.Coordinator);
            store.Current = sound;
            await RequireSoundAsync(job, sound, oldPrefix, newPrefix, run);
            if (faulty.Count < operation)
            {
                Assert.True(operation > 20, $"A save has {faulty.Count} operations only: the faults were not where the test believes.");
                return;
            }
        }
    }

    private static async Task RequireSoundAsync(TestJob job, MemoryBlobStore store, string oldPrefix, string newPrefix, string run)
    {
        long epoch = job.Description.Epoch;
        await job.OpenAsync();
        Assert.True(job.Description.Epoch > epoch, $"{run}: the coordinator did not change.");
        string[] listed = [.. (await job.Coordinator.ListAsync("m")).Select(checkpoint => checkpoint.Prefix)];
        string? latest = await job.Coordinator.LatestAsync("m", "checkpoint");
        Assert.Empty(await store.ListAsync("_cairn/attempts/", CancellationToken.None).ToListAsync());
        Assert.Empty(await store.ListAsync("_cairn/staging/", CancellationToken.None).ToListAsync());

        OperationStatus restored = await job.RestoreAsync(latest ?? oldPrefix);
        Assert.True(restored.Phase == OperationPhase.Succeeded, $"{run}: {latest} does not load: {restored.Message}");
        float[] live = await job.ReadAsync("v");
        bool isNew = live.SequenceEqual(New);
        Assert.True(isNew || live.SequenceEqual(Old), $"{run}: {latest} holds [{string.Join(", ", live)}]");
        Assert.True(latest == (isNew ? newPrefix : oldPrefix), $"{run}: the state file names {latest}, which holds the {(isNew ? "new" : "old")} values");
        Assert.True(listed.ToHashSet().SetEquals(isNew ? [oldPrefix, newPrefix] : [oldPrefix]), $"{run}: listed are {string.Join(", ", listed)}");

        await job.RestoreAsync(oldPrefix);
        Assert.Equal(oldPrefix == newPrefix && isNew ? New : Old, await job.ReadAsync("v"));
        OperationStatus again = await job.SaveAsync("m/m.ckpt", 3);
        Assert.True(again.Phase == OperationPhase.Succeeded, $"{run}: the next save failed: {again.Message}");
    }
}
