using System.IO.Compression;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Streams;

namespace Cairn.Format.Exchange;

/// <summary>The bytes of a file of a zip archive. Their checksum is compared when the last of them is read.</summary>
internal sealed class ZipEntryStream : ForwardStream
{
    /// <summary>Inflating asks for small pieces; the store is asked for these.</summary>
    private const int BufferBytes = 1 << 20;

    private readonly ZipEntry _entry;
    private readonly string _label;
    private readonly Stream _content;
    private long _left;
    private uint _crc;

    private ZipEntryStream(ZipEntry entry, string label, Stream packed)
    {
        _entry = entry;
        _label = label;
        _content = entry.IsDeflated ? new DeflateStream(new BufferedStream(packed, BufferBytes), CompressionMode.Decompress) : packed;
        _left = entry.LengthBytes;
    }

    /// <summary>Opens a file.</summary>
    public static async ValueTask<ZipEntryStream> OpenAsync(IBlobStore store, BlobProperties archive, ZipEntry entry, string label, CancellationToken cancellationToken)
    {
        long offset = await new ZipDirectory(store, archive, label).DataOffsetAsync(entry, cancellationToken).ConfigureAwait(false);
        return new ZipEntryStream(entry, label, new BlobRangeStream(store, archive, offset, entry.PackedBytes));
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int wanted = (int)Math.Min(buffer.Length, _left);
        if (wanted == 0)
        {
            return 0;
        }

        int read;
        try
        {
            read = await _content.ReadAsync(buffer[..wanted], cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException fault)
        {
            throw CheckpointException.Corrupt(_label, _entry.OffsetBytes, $"'{_entry.Name}' cannot be inflated: {fault.Message}", fault);
        }

        _crc = Crc32.Append(_crc, buffer.Span[..read]);
        _left -= read;
        if (read == 0 || (_left == 0 && _crc != _entry.Crc32))
        {
            string reason = read == 0 ? $"{_left} of its bytes are missing" : $"its CRC is {_crc:x8}, the archive says {_entry.Crc32:x8}";
            throw CheckpointException.Corrupt(_label, _entry.OffsetBytes, $"'{_entry.Name}': {reason}");
        }

        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _content.Dispose();
        base.Dispose(disposing);
    }
}
