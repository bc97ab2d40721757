using System.Buffers.Binary;

namespace Cairn.Format.Wire;

/// <summary>Reads the fields of one protocol buffer message, unknown ones included. Every fault is an <see cref="InvalidDataException"/>.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The number of the field that <see cref="MoveNext"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>True when the value of the field is a varint.</summary>
    public readonly bool IsVarint => WireType == 0;

    private int WireType { get; set; }

    /// <summary>Goes to the next field; its value must then be read or skipped.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        ulong tag = ReadRawVarint();
        Field = tag >> 3 is > 0 and <= 0x1FFF_FFFF ? (int)(tag >> 3) : throw new InvalidDataException("a field has no valid number");
        WireType = (int)(tag & 7);
        return true;
    }

    /// <summary>The value of a varint field.</summary>
    public ulong ReadVarint()
    {
        Expect(0);
        return ReadRawVarint();
    }

    /// <summary>The value of a fixed32 field.</summary>
    public uint ReadFixed32()
    {
        Expect(5);
        return BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
    }

    /// <summary>The bytes of a message, string or bytes field.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        Expect(2);
        return TakeDelimited();
    }

    /// <summary>Appends the values of a repeated int32 field, packed or not.</summary>
    public void ReadPackedInts(ICollection<int> values)
    {
        if (WireType == 0)
        {
            values.Add((int)ReadRawVarint());
            return;
        }

        var packed = new WireReader(ReadBytes());
        while (!packed._rest.IsEmpty)
        {
            values.Add((int)packed.ReadRawVarint());
        }
    }

    /// <summary>Passes over the value of an unknown field.</summary>
    public void Skip()
    {
        switch (WireType)
        {
            case 0:
                ReadRawVarint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                TakeDelimited();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw new InvalidDataException($"field {Field} has wire type {WireType}");
        }
    }

    private readonly void Expect(int wireType)
    {
        if (WireType != wireType)
        {
            throw new InvalidDataException($"field {Field} has wire type {WireType}, not {wireType}");
        }
    }

    private ulong ReadRawVarint()
    {
        if (!Varint.TryRead(_rest, out ulong value, out int length))
        {
            throw new InvalidDataException("a varint is cut off or too long");
        }

        _rest = _rest[length..];
        return value;
    }

    private ReadOnlySpan<byte> TakeDelimited()
    {
        ulong length = ReadRawVarint();
        return Take(length <= (ulong)_rest.Length ? (int)length : int.MaxValue);
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            throw new InvalidDataException($"field {Field} runs past the end of its message");
        }

        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
