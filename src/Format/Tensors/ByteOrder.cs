using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cairn.Format.Tensors;

/// <summary>Turns elements of a big-endian file round. Source: tensorflow/core/util/tensor_bundle/byte_swap_tensor.cc.</summary>
public static class ByteOrder
{
    /// <summary>Reverses every element of <paramref name="dtype"/> in place; a complex number is two of its halves. Whole elements only.</summary>
    public static void Reverse(Span<byte> bytes, TensorDType dtype)
    {
        switch (UnitBytes(dtype))
        {
            case 2:
                Span<ushort> shorts = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                Span<uint> ints = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                Span<ulong> longs = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            default:
                break;
        }
    }

    private static int UnitBytes(TensorDType dtype) => dtype switch
    {
        TensorDType.Complex64 or TensorDType.Complex128 => dtype.ElementBytes() / 2,
        _ => dtype.ElementBytes(),
    };
}
