using System.Buffers.Binary;
using Cairn.Format.Checksums;

namespace Cairn.Format.Bundles;

/// <summary>Checks a string tensor of n elements.</summary>
/// <remarks><code>
/// strings = varint64 length*n, fixed32 masked L, bytes*n
/// L       = crc32c over each length as a fixed32, or a fixed64 if it is over 2^32 - 1   ; not over the varints
/// entry   = crc32c: L continued over the four stored bytes of L, then over all bytes
/// </code>A big-endian machine feeds the lengths, and stores L, in its own order.
/// Source: WriteStringTensor of tensorflow/core/util/tensor_bundle/tensor_bundle.cc.</remarks>
internal sealed class StringChecker(long elementCount, long lengthBytes, bool isBigEndian) : EntryChecker
{
    private readonly ByteGatherer _gatherer = new();
    private long _lengthsTaken;
    private long _headBytes;
    private Int128 _contentBytes;
    private bool _isInContent;
    private uint _crc;

    /// <summary>Continues L over the length of one string.</summary>
    public static uint AppendLength(uint crc, ulong length, bool isBigEndian)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        word = word[..(length <= uint.MaxValue ? sizeof(uint) : sizeof(ulong))];
        for (int i = 0; i < word.Length; i++)
        {
            word[isBigEndian ? word.Length - 1 - i : i] = (byte)(length >> (8 * i));
        }

        return Crc32C.Append(crc, word);
    }

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && Fault is null)
        {
            if (_lengthsTaken < elementCount)
            {
                TakeLength(ref bytes);
            }
            else if (!_isInContent)
            {
                TakeLengthChecksum(ref bytes);
            }
            else
            {
                _crc = Crc32C.Append(_crc, bytes);
                return;
            }
        }
    }

    protected override uint Finish()
    {
        // TensorFlow reads nothing of a tensor without elements that was stored without bytes.
        if (!_isInContent && !(elementCount == 0 && lengthBytes == 0))
        {
            Fault = "the lengths of the strings are cut off";
        }

        return _crc;
    }

    private void TakeLength(ref ReadOnlySpan<byte> bytes)
    {
        int before = bytes.Length;
        bool isWhole = _gatherer.TryGatherVarint(ref bytes, out ulong? length);
        _headBytes += before - bytes.Length;
        if (!isWhole)
        {
            return;
        }

        if (length is not { } value)
        {
            Fault = $"the length of string {_lengthsTaken} is not a varint in its shortest form";
            return;
        }

        _crc = AppendLength(_crc, value, isBigEndian);
        _contentBytes += value;
        _lengthsTaken++;
        if (_contentBytes > lengthBytes)
        {
            Fault = $"String lengths longer than expected offset {lengthBytes}";
        }
    }

    private void TakeLengthChecksum(ref ReadOnlySpan<byte> bytes)
    {
        if (!_gatherer.TryGather(sizeof(uint), ref bytes, out ReadOnlySpan<byte> word))
        {
            return;
        }

        uint stored = Crc32C.Unmask(isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(word) : BinaryPrimitives.ReadUInt32LittleEndian(word));
        Int128 end = _headBytes + sizeof(uint) + _contentBytes;
        if (stored != _crc)
        {
            Fault = $"The length checksum does not match: expected {stored} but actual is {_crc}";
        }
        else if (end != lengthBytes)
        {
            Fault = end > lengthBytes ? $"String lengths longer than expected offset {lengthBytes}" : $"the strings end at byte {end} of {lengthBytes}";
        }

        _crc = Crc32C.Append(_crc, word);
        _isInContent = true;
    }
}
