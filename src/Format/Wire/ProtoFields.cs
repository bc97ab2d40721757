using System.Buffers;

namespace Cairn.Format.Wire;

/// <summary>Writes fields of protocol buffer messages as proto3 does: a zero scalar is left out.</summary>
internal static class ProtoFields
{
    /// <summary>Appends an integer or enum field, unless it is zero.</summary>
    public static void WriteVarint(IBufferWriter<byte> writer, int field, long value)
    {
        if (value != 0)
        {
            WriteOneofVarint(writer, field, value);
        }
    }

    /// <summary>Appends an integer field of a oneof, which is there even when zero.</summary>
    public static void WriteOneofVarint(IBufferWriter<byte> writer, int field, long value)
    {
        writer.WriteVarint((ulong)field << 3);
        writer.WriteVarint((ulong)value);
    }

    /// <summary>Appends a fixed32 field, unless it is zero.</summary>
    public static void WriteFixed32(IBufferWriter<byte> writer, int field, uint value)
    {
        if (value != 0)
        {
            writer.WriteVarint(((ulong)field << 3) | 5);
            writer.WriteFixed32(value);
        }
    }

    /// <summary>What <see cref="WriteVarint"/> takes for a field below 16.</summary>
    public static int VarintBytes(long value) => value == 0 ? 0 : OneofVarintBytes(value);

    /// <summary>What <see cref="WriteOneofVarint"/> takes for a field below 16.</summary>
    public static int OneofVarintBytes(long value) => 1 + Varint.LengthOf((ulong)value);

    /// <summary>What a message of <paramref name="lengthBytes"/> takes as a field below 16.</summary>
    public static int MessageBytes(int lengthBytes) => 1 + Varint.LengthOf((ulong)lengthBytes) + lengthBytes;

    /// <summary>Begins a message of a length that is known; its fields follow.</summary>
    public static void BeginMessage(IBufferWriter<byte> writer, int field, int lengthBytes)
    {
        writer.WriteVarint(((ulong)field << 3) | 2);
        writer.WriteVarint((ulong)lengthBytes);
    }

    /// <summary>Appends a message, string or bytes field, an empty one too.</summary>
    public static void WriteBytes(IBufferWriter<byte> writer, int field, ReadOnlySpan<byte> value)
    {
        writer.WriteVarint(((ulong)field << 3) | 2);
        writer.WriteVarint((ulong)value.Length);
        writer.Write(value);
    }
}
