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

    /// <summary>Reads back what was written and will be committed, while it can still be called off: all other bytes of a checkpoint hang on it. What somebody
    /// else has changed meanwhile is left to the check of the whole attempt.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: the store gives other bytes.</exception>
    public static async Task RequireKeptAsync(
        IBlobStore store, string name, BlobETag written, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        byte[] kept = new byte[bytes.Length];
        try
        {
            await store.ReadAsync(name, 0, kept, written, cancellationToken);
        }
        catch (CheckpointException changed) when (changed.Error is CheckpointError.NotFound or CheckpointError.Superseded)
        {
            return;
        }

        int same = bytes.Span.CommonPrefixLength(kept);
        if (same < bytes.Length)
        {
            throw CheckpointException.Corrupt(
                name, same, "the store does not give back what was written. Nothing was committed: save again; if it comes back, check the store.");
        }
    }

    /// <summary>Removes everything below a folder of an attempt that is being resolved.</summary>
    public static async Task RemoveAsync(IBlobStore store, string folder, CancellationToken cancellationToken)
    {
        await foreach (BlobProperties blob in store.ListAsync(folder, cancellationToken))
        {
            await store.DeleteAsync(blob.Name, null, cancellationToken);
        }
    }
}
