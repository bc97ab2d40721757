namespace Cairn.Format.Blobs;

/// <summary>A blob being written in blocks. Committed, or disposed and then never visible.</summary>
public interface IBlobUpload : IAsyncDisposable
{
    /// <summary>Stages one block; blocks may be staged in any order and at the same time, and a block again after a fault. The caller may reuse
    /// <paramref name="block"/> once this returns.</summary>
    /// <param name="ordinal">The block's place, from 0, below 50,000 (Azure's limit).</param>
    /// <param name="offsetBytes">Where the block begins in the blob: the summed length of the blocks before it.</param>
    /// <param name="block">Its bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask StageAsync(int ordinal, long offsetBytes, ReadOnlyMemory<byte> block, CancellationToken cancellationToken);

    /// <summary>Makes the blob of blocks 0 to the highest staged, which must leave no gap (none gives an empty blob). Returns its ETag, or null if
    /// <paramref name="condition"/> did not hold.</summary>
    /// <exception cref="Errors.CheckpointException"><see cref="Errors.CheckpointError.Aborted"/>: the store has lost staged blocks.</exception>
    ValueTask<BlobETag?> TryCommitAsync(BlobCondition condition, CancellationToken cancellationToken);
}
