using System.Buffers;
using System.Collections.Concurrent;
using Cairn.Format.Blobs;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Reads the bytes of tensors and slices from the data files of one bundle. May be used from anywhere at the same time.</summary>
/// <remarks>A data file that is replaced while it is read is noticed (<see cref="CheckpointError.Superseded"/>): all reads of a file are of the writing that
/// was seen first.</remarks>
public sealed class BundleDataReader
{
    /// <summary>What is read at once: large enough for a store across a network, small enough to be summed while it is in the cache's reach.</summary>
    internal const int BlockBytes = 4 << 20;

    private readonly IBlobStore _store;
    private readonly CheckpointPrefix _prefix;
    private readonly BundleHeader _header;
    private readonly string _indexFile;
    private readonly ConcurrentDictionary<int, BlobProperties> _files = new();

    /// <summary>Reads the data files of a bundle.</summary>
    /// <param name="store">Where the bundle is.</param>
    /// <param name="prefix">Its name.</param>
    /// <param name="index">Its index.</param>
    public BundleDataReader(IBlobStore store, CheckpointPrefix prefix, BundleIndex index)
        : this(store, prefix, index.Header, index.FileName)
    {
    }

    internal BundleDataReader(IBlobStore store, CheckpointPrefix prefix, BundleHeader header, string indexFile) =>
        (_store, _prefix, _header, _indexFile) = (store, prefix, header, indexFile);

    /// <summary>Reads all bytes of a part of a fixed-size type, and checks them.</summary>
    /// <param name="part">A part of a tensor of the index.</param>
    /// <param name="destination">Filled whole, row-major little-endian; exactly as long as the part. Undefined after an exception.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: the bytes are damaged or the file is too short.
    /// <see cref="CheckpointError.NotFound"/>: the data file is missing.
    /// <see cref="CheckpointError.Unsupported"/>: it is a Git LFS pointer, or the type has no fixed size.</exception>
    public ValueTask ReadAsync(BundlePart part, Memory<byte> destination, CancellationToken cancellationToken)
    {
        CheckFixedSize(part);
        RequireLength(part, part.Entry.Data.LengthBytes, destination.Length);
        return ReadRangeAsync(part, 0, destination, cancellationToken);
    }

    /// <summary>Reads some bytes of a part of a fixed-size type. All of the part is read and checked, in bounded memory, so that no damaged byte is handed
    /// out.</summary>
    /// <param name="part">A part of a tensor of the index.</param>
    /// <param name="offsetBytes">Where the range begins in the part; a multiple of the element size.</param>
    /// <param name="destination">Filled whole, little-endian; undefined after an exception.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CheckpointException">As <see cref="ReadAsync"/>.</exception>
    public async ValueTask ReadRangeAsync(BundlePart part, long offsetBytes, Memory<byte> destination, CancellationToken cancellationToken)
    {
        CheckFixedSize(part);
        CheckRange(part, offsetBytes, destination.Length);
        BlobProperties file = await OpenAsync(part, cancellationToken).ConfigureAwait(false);
        DataRange data = part.Entry.Data;
        byte[] block = ArrayPool<byte>.Shared.Rent((int)Math.Min(BlockBytes, data.LengthBytes));
        try
        {
            uint crc = 0;
            for (long at = 0; at < data.LengthBytes;)
            {
                // Bytes that are wanted go straight where they belong; the others pass through the block.
                bool isWanted = at >= offsetBytes && at < offsetBytes + destination.Length;
                long end = isWanted ? offsetBytes + destination.Length : at < offsetBytes ? offsetBytes : data.LengthBytes;
                int length = (int)Math.Min(BlockBytes, end - at);
                Memory<byte> target = isWanted ? destination.Slice((int)(at - offsetBytes), length) : block.AsMemory(0, length);
                await _store.ReadAsync(file.Name, data.OffsetBytes + at, target, file.ETag, cancellationToken).ConfigureAwait(false);
                crc = Crc32C.Append(crc, target.Span);
                at += length;
            }

            if (crc != data.Crc32C)
            {
                throw Damaged(file, part, Crc32C.Mismatch(data.Crc32C, crc));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        TurnRound(part, destination);
    }

    /// <summary>Reads and checks a part of strings or variants.</summary>
    /// <param name="part">A part of a tensor of the index.</param>
    /// <param name="memoryBytesMax">The most bytes that the elements may take together, 16 for each counted in.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The bytes of each string, or each variant's serialised VariantTensorDataProto.</returns>
    /// <exception cref="CheckpointException">As <see cref="ReadAsync"/>; <see cref="CheckpointError.LimitExceeded"/>: it would take more memory.</exception>
    public async ValueTask<ReadOnlyMemory<byte>[]> ReadElementsAsync(BundlePart part, long memoryBytesMax, CancellationToken cancellationToken)
    {
        if (part.Entry.DType is not (TensorDType.String or TensorDType.Variant))
        {
            throw new CheckpointException(CheckpointError.Unsupported, $"'{part}' is {part.Entry.DType.ShortName()}, which has no elements of varying length.");
        }

        CheckSize(part);
        BlobProperties file = await OpenAsync(part, cancellationToken).ConfigureAwait(false);
        DataRange data = part.Entry.Data;
        MemoryLimit.Check(part.ToString(), data.LengthBytes + ((Int128)part.Entry.Shape.ElementCount * 16), memoryBytesMax);
        byte[] bytes = new byte[data.LengthBytes];
        await _store.ReadAsync(file.Name, data.OffsetBytes, bytes, file.ETag, cancellationToken).ConfigureAwait(false);
        EntryChecker checker = EntryChecker.For(part.Entry, _header.IsBigEndian);
        checker.Append(bytes);
        return checker.Complete(data.Crc32C) is { } fault
            ? throw Damaged(file, part, fault)
            : ElementsCodec.Split(part.Entry.DType, part.Entry.Shape.ElementCount, bytes);
    }

    /// <summary>Begins to pass over a part of a fixed-size type.</summary>
    internal async ValueTask<PartReader> OpenPartAsync(BundlePart part, int blockBytes, CancellationToken cancellationToken)
    {
        CheckFixedSize(part);
        return new PartReader(_store, await OpenAsync(part, cancellationToken).ConfigureAwait(false), part, _header.IsBigEndian, blockBytes);
    }

    /// <summary>Refuses a part whose length contradicts its dtype and shape, or whose data file is missing, a pointer, or too short. Asked before memory
    /// is.</summary>
    internal async ValueTask CheckIsThereAsync(BundlePart part, CancellationToken cancellationToken)
    {
        CheckSize(part);
        await OpenAsync(part, cancellationToken).ConfigureAwait(false);
    }

    // Before memory is asked for: the file is there, is no pointer, and is long enough.
    private async ValueTask<BlobProperties> OpenAsync(BundlePart part, CancellationToken cancellationToken)
    {
        int shard = part.Entry.Data.ShardIndex;
        string name = _prefix.DataName(shard, _header.ShardCount);
        if (!_files.TryGetValue(shard, out BlobProperties? file))
        {
            file = await _store.TryGetPropertiesAsync(name, cancellationToken).ConfigureAwait(false)
                ?? throw BundleFiles.MissingData(_store, name, _header.ShardCount, part.ToString());
            await BundleFiles.RefuseLfsPointerAsync(_store, file, cancellationToken).ConfigureAwait(false);
            file = _files.GetOrAdd(shard, file);
        }

        if (part.Entry.Data.EndBytes > file.LengthBytes)
        {
            throw CheckpointException.Corrupt(BundleFiles.Describe(_store, name), file.LengthBytes, BundleFiles.TooShort(part, file));
        }

        return file;
    }

    private void TurnRound(BundlePart part, Memory<byte> bytes)
    {
        if (_header.IsBigEndian)
        {
            ByteOrder.Reverse(bytes.Span, part.Entry.DType);
        }
    }

    private void CheckFixedSize(BundlePart part)
    {
        if (!part.Entry.DType.IsFixedSize())
        {
            throw new CheckpointException(
                CheckpointError.Unsupported,
                $"'{part}' in '{_indexFile}' is {part.Entry.DType.ShortName()}, which has no fixed element size: read its elements instead.");
        }

        CheckSize(part);
    }

    private void CheckSize(BundlePart part)
    {
        if (part.SizeFault() is { } fault)
        {
            throw new CheckpointException(CheckpointError.Corrupt, $"'{_indexFile}' is damaged: {fault}");
        }
    }

    private static void CheckRange(BundlePart part, long offsetBytes, int lengthBytes)
    {
        int unit = part.Entry.DType.ElementBytes();
        if (offsetBytes < 0 || offsetBytes > part.Entry.Data.LengthBytes - lengthBytes || offsetBytes % unit != 0 || lengthBytes % unit != 0)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"Bytes {offsetBytes} to {offsetBytes + lengthBytes} are no whole elements within the {part.Entry.Data.LengthBytes} bytes of '{part}'.");
        }
    }

    private static void RequireLength(BundlePart part, long expected, int actual)
    {
        if (expected != actual)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"'{part}' has {expected} bytes, but the memory given for it has {actual}.");
        }
    }

    private CheckpointException Damaged(BlobProperties file, BundlePart part, string reason) =>
        CheckpointException.Corrupt(BundleFiles.Describe(_store, file.Name), part.Entry.Data.OffsetBytes, $"'{part}': {reason}");
}
