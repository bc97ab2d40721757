using Cairn.Format.Blobs;

namespace Cairn.Bench;

/// <summary>A store that stages nothing before its gate opens: a save that takes as long as the test wants it to.</summary>
internal sealed class GatedStore(IBlobStore store) : IBlobStore
{
    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Address => store.Address;

    /// <summary>Ends when a block waits at the gate.</summary>
    public Task Waiting => _waiting.Task;

    public void Open() => _gate.TrySetResult();

    public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        store.TryGetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken) =>
        store.TryReadAsync(name, lengthBytesMax, cancellationToken);

    public ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken) =>
        store.ReadAsync(name, offsetBytes, destination, expected, cancellationToken);

    public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken) =>
        store.TryWriteAsync(name, bytes, condition, cancellationToken);

    public async ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken) =>
        new Upload(this, await store.BeginUploadAsync(name, attempt, cancellationToken));

    public ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken) =>
        store.TryCopyAsync(source, sourceETag, destination, condition, cancellationToken);

    public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) =>
        store.DeleteAsync(name, expected, cancellationToken);

    public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

    private sealed class Upload(GatedStore owner, IBlobUpload upload) : IBlobUpload
    {
        public async ValueTask StageAsync(int ordinal, long offsetBytes, ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
        {
            owner._waiting.TrySetResult();
            await owner._gate.Task.WaitAsync(cancellationToken);
            await upload.StageAsync(ordinal, offsetBytes, block, cancellationToken);
        }

        public ValueTask<BlobETag?> TryCommitAsync(BlobCondition condition, CancellationToken cancellationToken) =>
            upload.TryCommitAsync(condition, cancellationToken);

        public ValueTask DisposeAsync() => upload.DisposeAsync();
    }
}
