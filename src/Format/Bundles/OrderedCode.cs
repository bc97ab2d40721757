using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Cairn.Format.Bundles;

/// <summary>An encoding whose byte order is the order of the values. Source: tensorflow/core/lib/strings/ordered_code.cc.</summary>
/// <remarks><code>
/// num    = u8 n, the value big-endian in its n significant bytes          ; zero is 00
/// string = bytes, with 00 as 00 FF and FF as FF 00, then 00 01
/// signed = the value sign-extended to n bytes big-endian, its first bits xored with n ones and a zero;
///          n = bits / 7 + 1 when |value| needs 7 bits or more, else 1
/// </code></remarks>
internal static class OrderedCode
{
    private static ReadOnlySpan<byte> EscapedZero => [0x00, 0xFF];

    private static ReadOnlySpan<byte> EscapedFF => [0xFF, 0x00];

    private static ReadOnlySpan<byte> StringEnd => [0x00, 0x01];

    /// <summary>Appends an unsigned number.</summary>
    public static void WriteNumber(IBufferWriter<byte> writer, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        int length = (64 - BitOperations.LeadingZeroCount(value) + 7) / 8;
        writer.Write([(byte)length]);
        writer.Write(bytes[(sizeof(ulong) - length)..]);
    }

    /// <summary>Appends a string of bytes.</summary>
    public static void WriteString(IBufferWriter<byte> writer, ReadOnlySpan<byte> value)
    {
        while (!value.IsEmpty)
        {
            int plain = value.IndexOfAny((byte)0x00, (byte)0xFF);
            if (plain < 0)
            {
                writer.Write(value);
                break;
            }

            writer.Write(value[..plain]);
            writer.Write(value[plain] == 0x00 ? EscapedZero : EscapedFF);
            value = value[(plain + 1)..];
        }

        writer.Write(StringEnd);
    }

    /// <summary>Appends a signed number.</summary>
    public static void WriteSigned(IBufferWriter<byte> writer, long value)
    {
        ulong magnitude = (ulong)(value < 0 ? ~value : value);
        if (magnitude < 64)
        {
            writer.Write([(byte)(0x80 ^ value)]);
            return;
        }

        // Ten bytes hold the sign twice over, so that the header of any length has bits to be xored into.
        Span<byte> bytes = stackalloc byte[10];
        bytes[..2].Fill(value < 0 ? (byte)0xFF : (byte)0x00);
        BinaryPrimitives.WriteInt64BigEndian(bytes[2..], value);
        int length = ((64 - BitOperations.LeadingZeroCount(magnitude)) / 7) + 1;
        Span<byte> code = bytes[(10 - length)..];
        ushort header = (ushort)(0xFFFF << (16 - length));
        code[0] ^= (byte)(header >> 8);
        code[1] ^= (byte)header;
        writer.Write(code);
    }
}
