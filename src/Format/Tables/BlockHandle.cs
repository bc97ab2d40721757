using System.Buffers;
using Cairn.Format.Wire;

namespace Cairn.Format.Tables;

/// <summary>Where a block lies: <c>varint64 offset, varint64 payload size</c>, the five bytes of its trailer not counted.</summary>
internal readonly record struct BlockHandle(long OffsetBytes, long LengthBytes)
{
    /// <summary>The type byte and the checksum that follow every payload.</summary>
    public const int TrailerBytes = 5;

    /// <summary>The first byte after the trailer.</summary>
    public long EndBytes => OffsetBytes + LengthBytes + TrailerBytes;

    /// <summary>Reads a handle from the front of <paramref name="bytes"/>. False when it does not parse or does not fit a file of
    /// <paramref name="fileBytes"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, long fileBytes, out BlockHandle handle, out int length)
    {
        handle = default;
        length = 0;
        if (!Varint.TryRead(bytes, out ulong offset, out int first) || !Varint.TryRead(bytes[first..], out ulong size, out int second))
        {
            return false;
        }

        length = first + second;
        if (offset > (ulong)fileBytes || size > (ulong)fileBytes - offset || (ulong)fileBytes - offset - size < TrailerBytes)
        {
            return false;
        }

        handle = new BlockHandle((long)offset, (long)size);
        return true;
    }

    /// <summary>Appends the handle.</summary>
    public void Write(IBufferWriter<byte> writer)
    {
        writer.WriteVarint((ulong)OffsetBytes);
        writer.WriteVarint((ulong)LengthBytes);
    }

    /// <summary>The bytes that the handle takes when written.</summary>
    public int EncodedBytes => Varint.LengthOf((ulong)OffsetBytes) + Varint.LengthOf((ulong)LengthBytes);
}
