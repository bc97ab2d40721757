using System.Buffers.Binary;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Snappier;

namespace Cairn.Format.Tables;

/// <summary>A block as it lies in the file, checked and decompressed.</summary>
/// <param name="Payload">Its content.</param>
/// <param name="IsCompressed">True when it was stored in Snappy's format.</param>
/// <param name="Entries">The content as entries.</param>
/// <remarks><code>
/// block = payload, u8 type (0 raw, 1 Snappy), fixed32 masked crc32c(payload, type)
/// </code></remarks>
internal readonly record struct StoredBlock(ReadOnlyMemory<byte> Payload, bool IsCompressed, TableBlock Entries)
{
    /// <summary>What the keys of the block may take.</summary>
    public long KeyBytesMax => TableFormat.KeyBytesSpare + ((long)Payload.Length * TableFormat.KeyExpansionMax);

    /// <summary>Checks and decompresses a block.</summary>
    /// <param name="stored">The payload and its trailer.</param>
    /// <param name="offsetBytes">Where it begins in the file.</param>
    /// <param name="fileName">For messages.</param>
    /// <param name="decompressedBytesMax">The most that it may take decompressed.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/> with the place, or <see cref="CheckpointError.LimitExceeded"/>.</exception>
    public static StoredBlock Open(ReadOnlyMemory<byte> stored, long offsetBytes, string fileName, long decompressedBytesMax)
    {
        ReadOnlyMemory<byte> payload = stored[..^BlockHandle.TrailerBytes];
        ReadOnlySpan<byte> trailer = stored.Span[payload.Length..];
        uint expected = Crc32C.Unmask(BinaryPrimitives.ReadUInt32LittleEndian(trailer[1..]));
        uint actual = Crc32C.Append(Crc32C.Append(0, payload.Span), trailer[..1]);
        if (expected != actual)
        {
            throw CheckpointException.Corrupt(fileName, offsetBytes, $"block checksum mismatch: stored {expected:x8}, calculated {actual:x8}");
        }

        switch (trailer[0])
        {
            case TableFormat.TypeRaw:
                return new StoredBlock(payload, false, new TableBlock(payload, fileName, offsetBytes, isCompressed: false));
            case TableFormat.TypeSnappy:
                payload = Decompress(payload, offsetBytes, fileName, decompressedBytesMax);
                return new StoredBlock(payload, true, new TableBlock(payload, fileName, offsetBytes, isCompressed: true));
            default:
                throw CheckpointException.Corrupt(fileName, offsetBytes + payload.Length, $"bad block type {trailer[0]}");
        }
    }

    private static byte[] Decompress(ReadOnlyMemory<byte> payload, long offsetBytes, string fileName, long decompressedBytesMax)
    {
        try
        {
            int length = Snappy.GetUncompressedLength(payload.Span);
            if (length > (long)payload.Length * TableFormat.SnappyExpansionMax)
            {
                throw CheckpointException.Corrupt(
                    fileName, offsetBytes, $"corrupted compressed block contents: {payload.Length} bytes cannot hold {length}");
            }

            if (length > decompressedBytesMax)
            {
                throw new CheckpointException(
                    CheckpointError.LimitExceeded, $"The blocks of '{fileName}' decompress to more than {decompressedBytesMax} bytes at byte {offsetBytes}.");
            }

            byte[] content = new byte[length];
            return Snappy.Decompress(payload.Span, content) == length ? content : throw new InvalidDataException("fewer bytes than declared");
        }
        catch (Exception fault) when (fault is InvalidDataException or ArgumentException)
        {
            throw CheckpointException.Corrupt(fileName, offsetBytes, $"corrupted compressed block contents ({fault.Message})", fault);
        }
    }
}
