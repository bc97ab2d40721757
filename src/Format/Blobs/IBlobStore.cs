using Cairn.Format.Errors;

namespace Cairn.Format.Blobs;

/// <summary>Named blobs: the storage port. A blob is whole or absent: no reader ever sees part of one, and a write that returned survives a crash of the
/// machine.</summary>
/// <remarks>
/// <para>Names are relative, parts separated by <c>/</c>; <see cref="BlobName"/> has the rules and refuses the rest
/// (<see cref="CheckpointError.InvalidArgument"/>). Folders need no making. A name that is the folder of another blob (<c>a</c> beside <c>a/b</c>) is not
/// promised: the local store refuses it.</para>
/// <para>A failed condition is a return value. Faults are <see cref="CheckpointException"/>s: <see cref="CheckpointError.NotFound"/>,
/// <see cref="CheckpointError.AccessDenied"/>, <see cref="CheckpointError.StoreFull"/>, <see cref="CheckpointError.StoreUnavailable"/>; every message names
/// the store and the blob. Passing faults are retried inside, a bounded number of times with jitter; a lost response to a conditional write of our own is
/// resolved inside, by reading back.</para>
/// <para>All members may be called at the same time from anywhere. What <c>BlobStoreContract</c> does not test is not promised.</para>
/// </remarks>
public interface IBlobStore
{
    /// <summary>Where the store is, for messages: an absolute folder, <c>azblob://container/prefix</c>, <c>memory</c>.</summary>
    string Address { get; }

    /// <summary>What is known of a blob, or null if there is none.</summary>
    ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken);

    /// <summary>All bytes of a small blob, or null if there is none. Bytes and ETag are of one writing.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: it is longer than <paramref name="lengthBytesMax"/>.</exception>
    ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken);

    /// <summary>Fills all of <paramref name="destination"/> with the bytes at <paramref name="offsetBytes"/>.</summary>
    /// <param name="name">The blob.</param>
    /// <param name="offsetBytes">Where the range begins.</param>
    /// <param name="destination">Filled whole; its content is undefined after an exception.</param>
    /// <param name="expected">If given, the writing that must still stand.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: no such blob. <see cref="CheckpointError.Corrupt"/>: the range runs past
    /// the end (a truncated file).
    /// <see cref="CheckpointError.Superseded"/>: it is another writing than <paramref name="expected"/>.</exception>
    ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken);

    /// <summary>Writes a small blob in one piece. Returns its ETag, or null if <paramref name="condition"/> did not hold.</summary>
    ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken);

    /// <summary>Begins a blob that is written in blocks. Nothing is visible until <see cref="IBlobUpload.TryCommitAsync"/>.</summary>
    /// <param name="name">The blob.</param>
    /// <param name="attempt">Tells the blocks of one attempt from those of another.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken);

    /// <summary>Copies a blob inside the store, without its bytes passing through here. Returns the copy's ETag, or null if <paramref name="condition"/> did
    /// not hold of <paramref name="destination"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/> or <see cref="CheckpointError.Superseded"/>: the source is gone or is
    /// another writing than <paramref name="sourceETag"/>.</exception>
    ValueTask<BlobETag?> TryCopyAsync(string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken);

    /// <summary>Deletes a blob, if <paramref name="expected"/> is null or still its ETag.</summary>
    ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken);

    /// <summary>All blobs whose names begin with <paramref name="prefix"/> (which may end inside a part, or be empty), in ordinal order of their names.
    /// Unfinished uploads are not listed.</summary>
    IAsyncEnumerable<BlobProperties> ListAsync(string prefix, CancellationToken cancellationToken);
}
