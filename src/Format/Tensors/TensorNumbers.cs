using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cairn.Format.Tensors;

/// <summary>The elements of tensors as doubles, many at once: for means, differences and statistics. A complex element is two numbers, real then imaginary.</summary>
public static class TensorNumbers
{
    private static readonly SmallFloat BFloat16 = new(8, 7, 127, SmallFloatSpecials.InfinityAndNaN);

    /// <summary>How many numbers an element is: 2 for a complex one, 1 for every other type of fixed size.</summary>
    public static int PerElement(TensorDType dtype) => dtype is TensorDType.Complex64 or TensorDType.Complex128 ? 2 : 1;

    /// <summary>True for the types whose values are rounded: floating-point and complex.</summary>
    public static bool IsFloating(TensorDType dtype) =>
        dtype is TensorDType.Float or TensorDType.Double or TensorDType.Half or TensorDType.BFloat16 or TensorDType.Complex64 or TensorDType.Complex128
        || SmallFloat.Of(dtype) is not null;

    /// <summary>Reads elements. Exact, but for 64-bit integers beyond 2^53, which are rounded to nearest.</summary>
    /// <param name="dtype">A type of fixed size.</param>
    /// <param name="bytes">Whole elements, little-endian.</param>
    /// <param name="numbers">Receives <see cref="PerElement"/> numbers for each.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type has no fixed size.</exception>
    public static void Read(TensorDType dtype, ReadOnlySpan<byte> bytes, Span<double> numbers)
    {
        switch (dtype)
        {
            case TensorDType.Float or TensorDType.Complex64:
                Widen<float>(bytes, numbers);
                break;
            case TensorDType.Double or TensorDType.Complex128:
                MemoryMarshal.Cast<byte, double>(bytes).CopyTo(numbers);
                break;
            case TensorDType.Half:
                Widen<Half>(bytes, numbers);
                break;
            case TensorDType.BFloat16:
                ReadBFloat16(bytes, numbers);
                break;
            case TensorDType.Bool:
                ReadBools(bytes, numbers);
                break;
            case TensorDType.Int8 or TensorDType.QInt8 or TensorDType.Int4 or TensorDType.Int2:
                Widen<sbyte>(bytes, numbers);
                break;
            case TensorDType.UInt8 or TensorDType.QUInt8 or TensorDType.UInt4 or TensorDType.UInt2:
                Widen<byte>(bytes, numbers);
                break;
            case TensorDType.Int16 or TensorDType.QInt16:
                Widen<short>(bytes, numbers);
                break;
            case TensorDType.UInt16 or TensorDType.QUInt16:
                Widen<ushort>(bytes, numbers);
                break;
            case TensorDType.Int32 or TensorDType.QInt32:
                Widen<int>(bytes, numbers);
                break;
            case TensorDType.UInt32:
                Widen<uint>(bytes, numbers);
                break;
            case TensorDType.Int64:
                Widen<long>(bytes, numbers);
                break;
            case TensorDType.UInt64:
                Widen<ulong>(bytes, numbers);
                break;
            case var _ when SmallFloat.Of(dtype) is { } layout:
                ReadSmallFloats(layout, bytes, numbers);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "The type has no elements of a fixed size.");
        }
    }

    /// <summary>Writes floating-point or complex elements, each rounded to the nearest that the type has, ties to even. What is too large becomes infinity, or NaN
    /// where the type has no infinity.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not floating-point.</exception>
    public static void Write(TensorDType dtype, ReadOnlySpan<double> numbers, Span<byte> bytes)
    {
        switch (dtype)
        {
            case TensorDType.Float or TensorDType.Complex64:
                Narrow<float>(numbers, bytes);
                break;
            case TensorDType.Double or TensorDType.Complex128:
                numbers.CopyTo(MemoryMarshal.Cast<byte, double>(bytes));
                break;
            case TensorDType.Half:
                Narrow<Half>(numbers, bytes);
                break;
            case TensorDType.BFloat16:
                for (int i = 0; i < numbers.Length; i++)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes[(i * 2)..], BFloat16.Encode(numbers[i]));
                }

                break;
            case var _ when SmallFloat.Of(dtype) is { } layout:
                for (int i = 0; i < numbers.Length; i++)
                {
                    bytes[i] = (byte)layout.Encode(numbers[i]);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "The type is not floating-point.");
        }
    }

    private static void Widen<T>(ReadOnlySpan<byte> bytes, Span<double> numbers)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < values.Length; i++)
        {
            numbers[i] = double.CreateTruncating(values[i]);
        }
    }

    private static void Narrow<T>(ReadOnlySpan<double> numbers, Span<byte> bytes)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        Span<T> values = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < numbers.Length; i++)
        {
            values[i] = T.CreateTruncating(numbers[i]);
        }
    }

    private static void ReadBFloat16(ReadOnlySpan<byte> bytes, Span<double> numbers)
    {
        ReadOnlySpan<ushort> values = MemoryMarshal.Cast<byte, ushort>(bytes);
        for (int i = 0; i < values.Length; i++)
        {
            numbers[i] = BitConverter.Int32BitsToSingle(values[i] << 16);
        }
    }

    private static void ReadBools(ReadOnlySpan<byte> bytes, Span<double> numbers)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            numbers[i] = bytes[i] == 0 ? 0 : 1;
        }
    }

    private static void ReadSmallFloats(SmallFloat layout, ReadOnlySpan<byte> bytes, Span<double> numbers)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            numbers[i] = layout.Decode(bytes[i]);
        }
    }
}
