using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Cairn.Format.Tensors;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Turns big-endian elements into little-endian ones.</summary>
internal static class ByteOrder
{
    /// <summary>The bytes that are swapped together: an element, or each half of a complex one.</summary>
    public static int WordBytes(TensorDType dtype) =>
        dtype is TensorDType.Complex64 or TensorDType.Complex128 ? dtype.ElementBytes() / 2 : dtype.ElementBytes();

    /// <summary>Reverses every word in place.</summary>
    public static void Reverse(Span<byte> bytes, int wordBytes)
    {
        switch (wordBytes)
        {
            case 1:
                break;
            case 2:
                Span<ushort> twos = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(twos, twos);
                break;
            case 4:
                Span<uint> fours = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(fours, fours);
                break;
            case 8:
                Span<ulong> eights = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(eights, eights);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(wordBytes), wordBytes, "Words have 1, 2, 4 or 8 bytes.");
        }
    }
}
