using Cairn.Contracts.Checkpoints;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.Memory;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>What callers of the coordinator see when somebody else writes where it saves, or the store refuses in the middle.</summary>
public sealed class StoreTroubleTests
{
    [Fact]
    public async Task Save_WhereADataFileAppearsMeanwhile_IsToTryAgain_AndSucceedsWhenItIsRepeated()
    {
        TroubledStore store = new() { LateData = "a silo's that was late"u8.ToArray() };
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [2]));
        await job.InitialiseAsync(("v", [1, 2]));

        CheckpointException refused = TestJob.Refused(await job.SaveAsync("m/m.ckpt", 1));
        OperationStatus again = await job.SaveAsync("m/m.ckpt", 1);
        await job.RestoreAsync("m/m.ckpt-1");

        Assert.Equal(CheckpointError.TryAgain, refused.Error);
        Assert.Contains("Save again", refused.Message, StringComparison.Ordinal);
        Assert.Equal(OperationPhase.Succeeded, again.Phase);
        Assert.Equal((float[])[1, 2], await job.ReadAsync("v"));
    }

    [Fact]
    public async Task Delete_ThatTheStoreInterrupts_IsFinishedWhenItIsRepeated_AndTheFolderIsFree()
    {
        TroubledStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [2]));
        await job.InitialiseAsync(("v", [1, 2]));
        await job.SaveAsync("m/m.ckpt", 1);
        store.DeletionsRefused = "_cairn/folders/";

        CheckpointException interrupted = await Assert.ThrowsAsync<CheckpointException>(() => job.Coordinator.DeleteAsync());
        store.DeletionsRefused = null;
        await job.Coordinator.DeleteAsync();
        TestJob other = await TestJob.DefineAsync(cluster, "other", TestJob.Float("v", [2]));
        await other.InitialiseAsync(("v", [3, 4]));

        Assert.Equal(CheckpointError.StoreUnavailable, interrupted.Error);
        Assert.Equal(OperationPhase.Succeeded, (await other.SaveAsync("m/m.ckpt", 2)).Phase);
    }

    /// <summary>A store with another writer in it, and deletions that it may refuse.</summary>
    private sealed class TroubledStore : IBlobStore
    {
        private readonly MemoryBlobStore _inner = new();

        /// <summary>Appears at the next data file's name as soon as its upload has begun.</summary>
        public byte[]? LateData { get; set; }

        /// <summary>Names that begin so are not deleted.</summary>
        public string? DeletionsRefused { get; set; }

        public string Address => _inner.Address;

        public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) =>
            _inner.TryGetPropertiesAsync(name, cancellationToken);

        public ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken) =>
            _inner.TryReadAsync(name, lengthBytesMax, cancellationToken);

        public ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken) =>
            _inner.ReadAsync(name, offsetBytes, destination, expected, cancellationToken);

        public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken) =>
            _inner.TryWriteAsync(name, bytes, condition, cancellationToken);

        public async ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken)
        {
            if (LateData is { } late)
            {
                LateData = null;
                await _inner.TryWriteAsync(name, late, BlobCondition.None, cancellationToken);
            }

            return await _inner.BeginUploadAsync(name, attempt, cancellationToken);
        }

        public ValueTask<BlobETag?> TryCopyAsync(
            string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken) =>
            _inner.TryCopyAsync(source, sourceETag, destination, condition, cancellationToken);

        public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) =>
            DeletionsRefused is { } refused && name.StartsWith(refused, StringComparison.Ordinal)
                ? throw new CheckpointException(CheckpointError.StoreUnavailable, $"'{name}' was not deleted.")
                : _inner.DeleteAsync(name, expected, cancellationToken);

        public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, CancellationToken cancellationToken) => _inner.ListAsync(prefix, cancellationToken);
    }
}
