using System.Buffers;
using Cairn.Format.Blobs;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Passes once over the bytes of a stored part, forwards, through one block of memory, which it owns. The checksum is compared before the last block is
/// handed out; earlier bytes are not known to be sound until then.</summary>
internal sealed class PartReader : IDisposable
{
    private readonly IBlobStore _store;
    private readonly BlobProperties _file;
    private readonly BundlePart _part;
    private readonly bool _isBigEndian;
    private readonly int _blockBytes;
    private byte[]? _block;
    private int _at;
    private int _filled;
    private long _loaded;
    private uint _crc;

    /// <param name="store">Where the data file is.</param>
    /// <param name="file">The data file; long enough for the part.</param>
    /// <param name="part">A part of a fixed-size type.</param>
    /// <param name="isBigEndian">The order of the file's words.</param>
    /// <param name="blockBytes">How much is read at once: a multiple of 16, so that no element is cut.</param>
    public PartReader(IBlobStore store, BlobProperties file, BundlePart part, bool isBigEndian, int blockBytes)
    {
        _store = store;
        _file = file;
        _part = part;
        _isBigEndian = isBigEndian;
        _blockBytes = blockBytes;
    }

    /// <summary>The byte of the part that is next.</summary>
    private long PositionBytes => _loaded - (_filled - _at);

    /// <summary>Passes over everything before a byte of the part, checking it.</summary>
    public async ValueTask SkipToAsync(long offsetBytes, CancellationToken cancellationToken)
    {
        while (PositionBytes < offsetBytes)
        {
            await FillIfEmptyAsync(cancellationToken).ConfigureAwait(false);
            _at += (int)Math.Min(_filled - _at, offsetBytes - PositionBytes);
        }
    }

    /// <summary>Copies the next bytes, one or more of <paramref name="destination"/>.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        await FillIfEmptyAsync(cancellationToken).ConfigureAwait(false);
        int length = Math.Min(destination.Length, _filled - _at);
        _block.AsMemory(_at, length).CopyTo(destination);
        _at += length;
        return length;
    }

    /// <summary>Reads and checks what is left, and gives the memory back.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: the checksum is wrong.</exception>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        await SkipToAsync(_part.Entry.Data.LengthBytes, cancellationToken).ConfigureAwait(false);
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_block is not null)
        {
            ArrayPool<byte>.Shared.Return(_block);
            _block = null;
        }
    }

    private async ValueTask FillIfEmptyAsync(CancellationToken cancellationToken)
    {
        if (_at < _filled)
        {
            return;
        }

        DataRange data = _part.Entry.Data;
        int length = (int)Math.Min(_blockBytes, data.LengthBytes - _loaded);
        _block ??= ArrayPool<byte>.Shared.Rent(length);
        Memory<byte> block = _block.AsMemory(0, length);
        await _store.ReadAsync(_file.Name, data.OffsetBytes + _loaded, block, _file.ETag, cancellationToken).ConfigureAwait(false);
        _crc = Crc32C.Append(_crc, block.Span);
        _loaded += length;
        (_at, _filled) = (0, length);
        if (_loaded == data.LengthBytes && _crc != data.Crc32C)
        {
            throw CheckpointException.Corrupt(
                BundleFiles.Describe(_store, _file.Name), data.OffsetBytes, $"'{_part}': {Crc32C.Mismatch(data.Crc32C, _crc)}");
        }

        if (_isBigEndian)
        {
            ByteOrder.Reverse(block.Span, _part.Entry.DType);
        }
    }
}
