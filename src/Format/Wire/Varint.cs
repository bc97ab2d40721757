using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Cairn.Format.Wire;

/// <summary>Base-128 varints, low group first, and little-endian words: the small change of tables and protocol buffers.</summary>
internal static class Varint
{
    /// <summary>The most bytes that 64 bits take.</summary>
    public const int LengthMax = 10;

    /// <summary>The bytes that <paramref name="value"/> takes when written.</summary>
    public static int LengthOf(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    /// <summary>Reads a varint from the front of <paramref name="bytes"/>; false when it is cut off or does not fit 64 bits.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ulong value, out int length)
    {
        value = 0;
        for (length = 0; length < bytes.Length && length < LengthMax;)
        {
            byte group = bytes[length];
            if (length == LengthMax - 1 && group > 1)
            {
                return false;
            }

            value |= (ulong)(group & 0x7F) << (7 * length);
            length++;
            if (group < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes <paramref name="value"/> at the front of <paramref name="destination"/> and returns its length.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        int length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            destination[length++] = (byte)(value | 0x80);
        }

        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>Appends a varint.</summary>
    public static void WriteVarint(this IBufferWriter<byte> writer, ulong value) => writer.Advance(Write(writer.GetSpan(LengthMax), value));

    /// <summary>Appends four bytes, little-endian.</summary>
    public static void WriteFixed32(this IBufferWriter<byte> writer, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(writer.GetSpan(sizeof(uint)), value);
        writer.Advance(sizeof(uint));
    }
}
