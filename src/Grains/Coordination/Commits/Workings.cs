using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>Objects under names that belong to one attempt alone, so that they need no record before they are written.</summary>
internal static class Workings
{
    /// <summary>Puts bytes there, whatever an earlier try of the same attempt has left.</summary>
    public static async Task<BlobETag> PutAsync(IBlobStore store, string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        await store.TryWriteAsync(name, bytes, BlobCondition.None, cancellationToken)
            ?? throw new CheckpointException(CheckpointError.StoreUnavailable, $"'{name}' was not written, although no condition was set.");

    /// <summary>Removes everything below a folder of an attempt that is being resolved.</summary>
    public static async Task RemoveAsync(IBlobStore store, string folder, CancellationToken cancellationToken)
    {
        await foreach (BlobProperties blob in store.ListAsync(folder, cancellationToken))
        {
            await store.DeleteAsync(blob.Name, null, cancellationToken);
        }
    }
}
