using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Cairn.Format.Tensors;

namespace Cairn.Grains.Variables.Arithmetic;

/// <summary>Element-wise updates of little-endian elements, as TensorFlow's AssignAdd and AssignSub compute
/// them: integers wrap around, half and bfloat16 round after every operation.</summary>
internal static class Elements
{
    /// <summary>Whether elements of this type can be added and subtracted. Bool, quantized, 8-bit float and sub-byte types cannot, as in TensorFlow.</summary>
    public static bool CanAdd(TensorDType dtype) => dtype
        is TensorDType.Float or TensorDType.Double or TensorDType.Half or TensorDType.BFloat16 or TensorDType.Complex64 or TensorDType.Complex128
        or TensorDType.Int8 or TensorDType.Int16 or TensorDType.Int32 or TensorDType.Int64
        or TensorDType.UInt8 or TensorDType.UInt16 or TensorDType.UInt32 or TensorDType.UInt64;

    /// <summary>target += delta.</summary>
    public static void Add(TensorDType dtype, Span<byte> target, ReadOnlySpan<byte> delta)
    {
        switch (dtype)
        {
            case TensorDType.Float or TensorDType.Complex64: Add<float>(target, delta); break;
            case TensorDType.Double or TensorDType.Complex128: Add<double>(target, delta); break;
            case TensorDType.Half: Add<Half>(target, delta); break;
            case TensorDType.BFloat16: BFloat16s.Add(As<ushort>(target), As<ushort>(delta)); break;
            case TensorDType.Int8 or TensorDType.UInt8: Add<byte>(target, delta); break;
            case TensorDType.Int16 or TensorDType.UInt16: Add<ushort>(target, delta); break;
            case TensorDType.Int32 or TensorDType.UInt32: Add<uint>(target, delta); break;
            case TensorDType.Int64 or TensorDType.UInt64: Add<ulong>(target, delta); break;
            default: throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "The type cannot be added.");
        }
    }

    /// <summary>target -= delta.</summary>
    public static void Subtract(TensorDType dtype, Span<byte> target, ReadOnlySpan<byte> delta)
    {
        switch (dtype)
        {
            case TensorDType.Float or TensorDType.Complex64: Subtract<float>(target, delta); break;
            case TensorDType.Double or TensorDType.Complex128: Subtract<double>(target, delta); break;
            case TensorDType.Half: Subtract<Half>(target, delta); break;
            case TensorDType.BFloat16: BFloat16s.Subtract(As<ushort>(target), As<ushort>(delta)); break;
            case TensorDType.Int8 or TensorDType.UInt8: Subtract<byte>(target, delta); break;
            case TensorDType.Int16 or TensorDType.UInt16: Subtract<ushort>(target, delta); break;
            case TensorDType.Int32 or TensorDType.UInt32: Subtract<uint>(target, delta); break;
            case TensorDType.Int64 or TensorDType.UInt64: Subtract<ulong>(target, delta); break;
            default: throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "The type cannot be subtracted.");
        }
    }

    // Signed integers wrap around in the same bits as unsigned ones, and a complex number is added in its two parts.
    private static void Add<T>(Span<byte> target, ReadOnlySpan<byte> delta)
        where T : unmanaged, IAdditionOperators<T, T, T>, IAdditiveIdentity<T, T> => TensorPrimitives.Add(As<T>(target), As<T>(delta), As<T>(target));

    private static void Subtract<T>(Span<byte> target, ReadOnlySpan<byte> delta)
        where T : unmanaged, ISubtractionOperators<T, T, T> => TensorPrimitives.Subtract(As<T>(target), As<T>(delta), As<T>(target));

    private static Span<T> As<T>(Span<byte> bytes)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);

    private static ReadOnlySpan<T> As<T>(ReadOnlySpan<byte> bytes)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);
}
