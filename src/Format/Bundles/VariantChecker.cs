using System.Buffers.Binary;
using Cairn.Format.Checksums;

namespace Cairn.Format.Bundles;

/// <summary>Checks a variant tensor of n elements.</summary>
/// <remarks><code>
/// variants = (varint64 length, VariantTensorDataProto, fixed32 masked R)*n
/// R        = one running crc32c: each length as a fixed64, the proto's bytes, and after the comparison the four stored bytes of R itself
/// entry    = crc32c: R after the last element
/// </code>Source: WriteVariantTensor of tensorflow/core/util/tensor_bundle/tensor_bundle.cc, which refuses those of the other endianness.</remarks>
internal sealed class VariantChecker : EntryChecker
{
    private readonly ByteGatherer _gatherer = new();
    private readonly long _elementCount;
    private long _element;
    private ulong? _contentLeft;
    private uint _crc;

    public VariantChecker(long elementCount, bool isBigEndian)
    {
        _elementCount = elementCount;
        Fault = isBigEndian ? "variant tensors of a big-endian bundle cannot be read" : null;
    }

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && Fault is null)
        {
            if (_element == _elementCount)
            {
                Fault = $"there are bytes after the last of {_elementCount} variants";
            }
            else if (_contentLeft is null)
            {
                TakeLength(ref bytes);
            }
            else if (_contentLeft > 0)
            {
                ReadOnlySpan<byte> content = bytes[..(int)Math.Min(_contentLeft.Value, (ulong)bytes.Length)];
                _crc = Crc32C.Append(_crc, content);
                _contentLeft -= (ulong)content.Length;
                bytes = bytes[content.Length..];
            }
            else
            {
                TakeChecksum(ref bytes);
            }
        }
    }

    protected override uint Finish()
    {
        if (_element != _elementCount)
        {
            Fault = $"variant {_element} of {_elementCount} is cut off";
        }

        return _crc;
    }

    private void TakeLength(ref ReadOnlySpan<byte> bytes)
    {
        if (!_gatherer.TryGatherVarint(ref bytes, out ulong? length))
        {
            return;
        }

        if (length is not { } value)
        {
            Fault = $"the length of variant {_element} is not a varint in its shortest form";
            return;
        }

        Span<byte> word = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(word, value);
        _crc = Crc32C.Append(_crc, word);
        _contentLeft = value;
    }

    private void TakeChecksum(ref ReadOnlySpan<byte> bytes)
    {
        if (!_gatherer.TryGather(sizeof(uint), ref bytes, out ReadOnlySpan<byte> word))
        {
            return;
        }

        uint stored = Crc32C.Unmask(BinaryPrimitives.ReadUInt32LittleEndian(word));
        if (stored != _crc)
        {
            Fault = $"The checksum after Variant {_element} does not match. Expected: {stored} Actual: {_crc}";
        }

        _crc = Crc32C.Append(_crc, word);
        _element++;
        _contentLeft = null;
    }
}
