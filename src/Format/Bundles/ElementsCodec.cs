using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using Cairn.Format.Checksums;
using Cairn.Format.Tensors;
using Cairn.Format.Wire;

namespace Cairn.Format.Bundles;

/// <summary>The bytes of string and variant tensors, to and from their elements. Layouts: <see cref="StringChecker"/>, <see cref="VariantChecker"/>.</summary>
internal static class ElementsCodec
{
    /// <summary>Cuts bytes that were checked into their elements, which keep lying in <paramref name="bytes"/>.</summary>
    public static ReadOnlyMemory<byte>[] Split(TensorDType dtype, long elementCount, ReadOnlyMemory<byte> bytes)
    {
        if (elementCount == 0)
        {
            return [];
        }

        return dtype == TensorDType.String ? SplitStrings(elementCount, bytes) : SplitVariants(elementCount, bytes);
    }

    /// <summary>The pieces to write, one after another, and the checksum of the entry.</summary>
    public static (IEnumerable<ReadOnlyMemory<byte>> Pieces, uint Crc32C) Join(TensorDType dtype, ImmutableArray<ReadOnlyMemory<byte>> elements) =>
        dtype == TensorDType.String ? JoinStrings(elements) : JoinVariants(elements);

    private static ReadOnlyMemory<byte>[] SplitStrings(long elementCount, ReadOnlyMemory<byte> bytes)
    {
        int[] lengths = new int[elementCount];
        int at = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = ReadLength(bytes.Span, ref at);
        }

        at += sizeof(uint);
        var elements = new ReadOnlyMemory<byte>[lengths.Length];
        for (int i = 0; i < lengths.Length; i++)
        {
            elements[i] = bytes.Slice(at, lengths[i]);
            at += lengths[i];
        }

        return elements;
    }

    private static ReadOnlyMemory<byte>[] SplitVariants(long elementCount, ReadOnlyMemory<byte> bytes)
    {
        var elements = new ReadOnlyMemory<byte>[elementCount];
        int at = 0;
        for (int i = 0; i < elements.Length; i++)
        {
            int length = ReadLength(bytes.Span, ref at);
            elements[i] = bytes.Slice(at, length);
            at += length + sizeof(uint);
        }

        return elements;
    }

    private static int ReadLength(ReadOnlySpan<byte> bytes, ref int at)
    {
        Varint.TryRead(bytes[at..], out ulong value, out int length);
        at += length;
        return checked((int)value);
    }

    private static (IEnumerable<ReadOnlyMemory<byte>> Pieces, uint Crc32C) JoinStrings(ImmutableArray<ReadOnlyMemory<byte>> elements)
    {
        var head = new ArrayBufferWriter<byte>();
        uint crc = 0;
        foreach (ReadOnlyMemory<byte> element in elements)
        {
            head.WriteVarint((ulong)element.Length);
            crc = StringChecker.AppendLength(crc, (ulong)element.Length, isBigEndian: false);
        }

        head.WriteFixed32(Crc32C.Mask(crc));
        crc = Crc32C.Append(crc, head.WrittenSpan[^sizeof(uint)..]);
        foreach (ReadOnlyMemory<byte> element in elements)
        {
            crc = Crc32C.Append(crc, element.Span);
        }

        return (elements.Prepend(head.WrittenMemory), crc);
    }

    private static (IEnumerable<ReadOnlyMemory<byte>> Pieces, uint Crc32C) JoinVariants(ImmutableArray<ReadOnlyMemory<byte>> elements)
    {
        List<ReadOnlyMemory<byte>> pieces = [];
        uint crc = 0;
        byte[] word = new byte[sizeof(ulong)];
        foreach (ReadOnlyMemory<byte> element in elements)
        {
            byte[] length = new byte[Varint.LengthOf((ulong)element.Length)];
            Varint.Write(length, (ulong)element.Length);
            BinaryPrimitives.WriteInt64LittleEndian(word, element.Length);
            crc = Crc32C.Append(Crc32C.Append(crc, word), element.Span);
            byte[] stored = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(stored, Crc32C.Mask(crc));
            crc = Crc32C.Append(crc, stored);
            pieces.AddRange([length, element, stored]);
        }

        return (pieces, crc);
    }
}
