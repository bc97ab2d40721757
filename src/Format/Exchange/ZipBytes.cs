using System.Buffers;
using System.Buffers.Binary;

namespace Cairn.Format.Exchange;

/// <summary>Little-endian numbers, one after another.</summary>
internal sealed class ZipBytes
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>All of them so far.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    public void U16(params ReadOnlySpan<ushort> numbers)
    {
        foreach (ushort number in numbers)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_bytes.GetSpan(sizeof(ushort)), number);
            _bytes.Advance(sizeof(ushort));
        }
    }

    public void U32(params ReadOnlySpan<uint> numbers)
    {
        foreach (uint number in numbers)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(sizeof(uint)), number);
            _bytes.Advance(sizeof(uint));
        }
    }

    public void U64(params ReadOnlySpan<ulong> numbers)
    {
        foreach (ulong number in numbers)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(sizeof(ulong)), number);
            _bytes.Advance(sizeof(ulong));
        }
    }

    public void Append(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);
}
