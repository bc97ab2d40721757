using Cairn.Format.Blobs;

namespace Cairn.Grains.Tests.Commits;

/// <summary>A store at which an outside reader looks after every single change.</summary>
internal sealed class WatchedBlobStore(IBlobStore store) : IBlobStore
{
    /// <summary>What the reader saw first that must never be, or null.</summary>
    public string? Fault { get; private set; }

    public string Address => store.Address;

    public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        store.TryGetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken) =>
        store.TryReadAsync(name, lengthBytesMax, cancellationToken);

    public ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken) =>
        store.ReadAsync(name, offsetBytes, destination, expected, cancellationToken);

    public async ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken) =>
        await LookAfterAsync($"write {name}", await store.TryWriteAsync(name, bytes, condition, cancellationToken));

    public async ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken) =>
        new Upload(this, name, await store.BeginUploadAsync(name, attempt, cancellationToken));

    public async ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken) =>
        await LookAfterAsync($"copy to {destination}", await store.TryCopyAsync(source, sourceETag, destination, condition, cancellationToken));

    public async ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) =>
        await LookAfterAsync($"delete {name}", await store.DeleteAsync(name, expected, cancellationToken));

    public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

    private async Task<T> LookAfterAsync<T>(string operation, T outcome)
    {
        if (Fault is null && await OutsideReader.FindFaultAsync(store) is { } fault)
        {
            Fault = $"after {operation}: {fault}";
        }

        return outcome;
    }

    private sealed class Upload(WatchedBlobStore watched, string name, IBlobUpload upload) : IBlobUpload
    {
        public ValueTask StageAsync(int ordinal, long offsetBytes, ReadOnlyMemory<byte> block, CancellationToken cancellationToken) =>
            upload.StageAsync(ordinal, offsetBytes, block, cancellationToken);

        public async ValueTask<BlobETag?> TryCommitAsync(BlobCondition condition, CancellationToken cancellationToken) =>
            await watched.LookAfterAsync($"commit {name}", await upload.TryCommitAsync(condition, cancellationToken));

        public ValueTask DisposeAsync() => upload.DisposeAsync();
    }
}
