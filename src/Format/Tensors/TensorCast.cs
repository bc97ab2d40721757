using System.Numerics;
using System.Runtime.InteropServices;
using Cairn.Format.Errors;

namespace Cairn.Format.Tensors;

/// <summary>Turns elements of one type into another, each rounded once.</summary>
/// <remarks>To a floating-point type: to the nearest value, ties to even; what is too large becomes infinity, or NaN where the type has no infinity. To an integer:
/// towards zero, and a value that the type does not have is refused. To bool: whether it is not zero. Complex types turn into one another only. Quantised types,
/// types of fewer than 8 bits, strings and variants do not turn into anything.</remarks>
public static class TensorCast
{
    private const int BlockElements = 1024;

    /// <summary>Whether there is a conversion.</summary>
    public static bool IsPossible(TensorDType from, TensorDType to) =>
        from == to || (IsReal(from) && IsReal(to)) || (TensorNumbers.PerElement(from) == 2 && TensorNumbers.PerElement(to) == 2);

    /// <summary>Converts whole elements, little-endian.</summary>
    /// <returns>-1, or the place of the first element that <paramref name="to"/> has no value for; what comes after it is not converted.</returns>
    /// <exception cref="ArgumentException">There is no such conversion.</exception>
    public static int Convert(TensorDType from, ReadOnlySpan<byte> source, TensorDType to, Span<byte> destination)
    {
        if (!IsPossible(from, to))
        {
            throw new ArgumentException($"There is no conversion from {from.ShortName()} to {to.ShortName()}.", nameof(to));
        }

        if (from == to)
        {
            source.CopyTo(destination);
            return -1;
        }

        if (from == TensorDType.Float && to == TensorDType.BFloat16)
        {
            RoundToBFloat16(MemoryMarshal.Cast<byte, uint>(source), MemoryMarshal.Cast<byte, ushort>(destination));
            return -1;
        }

        return from switch
        {
            TensorDType.Int8 => FromInteger<sbyte>(source, to, destination),
            TensorDType.UInt8 => FromInteger<byte>(source, to, destination),
            TensorDType.Int16 => FromInteger<short>(source, to, destination),
            TensorDType.UInt16 => FromInteger<ushort>(source, to, destination),
            TensorDType.Int32 => FromInteger<int>(source, to, destination),
            TensorDType.UInt32 => FromInteger<uint>(source, to, destination),
            TensorDType.Int64 => FromInteger<long>(source, to, destination),
            TensorDType.UInt64 => FromInteger<ulong>(source, to, destination),
            _ => FromDoubles(from, source, to, destination),
        };
    }

    private static bool IsReal(TensorDType dtype) =>
        dtype is TensorDType.Bool or TensorDType.Int8 or TensorDType.UInt8 or TensorDType.Int16 or TensorDType.UInt16
            or TensorDType.Int32 or TensorDType.UInt32 or TensorDType.Int64 or TensorDType.UInt64
        || (TensorNumbers.IsFloating(dtype) && TensorNumbers.PerElement(dtype) == 1 && dtype != TensorDType.Float4E2M1FN);

    // Every floating-point value and every bool is exact in a double.
    private static int FromDoubles(TensorDType from, ReadOnlySpan<byte> source, TensorDType to, Span<byte> destination)
    {
        int numbersPerElement = TensorNumbers.PerElement(from);
        int elements = source.Length / from.ElementBytes();
        Span<double> numbers = stackalloc double[BlockElements * numbersPerElement];
        for (int at = 0; at < elements; at += BlockElements)
        {
            int count = Math.Min(BlockElements, elements - at);
            Span<double> block = numbers[..(count * numbersPerElement)];
            TensorNumbers.Read(from, source.Slice(at * from.ElementBytes(), count * from.ElementBytes()), block);
            Span<byte> target = destination.Slice(at * to.ElementBytes(), count * to.ElementBytes());
            if (TensorNumbers.IsFloating(to))
            {
                TensorNumbers.Write(to, block, target);
            }
            else if (ToInteger<double>(block, to, target) is >= 0 and int misfit)
            {
                return at + misfit;
            }
        }

        return -1;
    }

    private static int FromInteger<T>(ReadOnlySpan<byte> source, TensorDType to, Span<byte> destination)
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(source);
        if (!TensorNumbers.IsFloating(to))
        {
            return ToInteger(values, to, destination);
        }

        switch (to)
        {
            case TensorDType.Float:
                return Checked(values, MemoryMarshal.Cast<byte, float>(destination));
            case TensorDType.Double:
                return Checked(values, MemoryMarshal.Cast<byte, double>(destination));
            default:
                Span<double> block = stackalloc double[BlockElements];
                for (int at = 0; at < values.Length; at += BlockElements)
                {
                    int count = Math.Min(BlockElements, values.Length - at);
                    for (int i = 0; i < count; i++)
                    {
                        block[i] = ToOdd(values[at + i]);
                    }

                    TensorNumbers.Write(to, block[..count], destination.Slice(at * to.ElementBytes(), count * to.ElementBytes()));
                }

                return -1;
        }
    }

    private static int ToInteger<T>(ReadOnlySpan<T> values, TensorDType to, Span<byte> destination)
        where T : unmanaged, INumber<T> => to switch
        {
            TensorDType.Bool => ToBools(values, destination),
            TensorDType.Int8 => Checked(values, MemoryMarshal.Cast<byte, sbyte>(destination)),
            TensorDType.UInt8 => Checked(values, destination),
            TensorDType.Int16 => Checked(values, MemoryMarshal.Cast<byte, short>(destination)),
            TensorDType.UInt16 => Checked(values, MemoryMarshal.Cast<byte, ushort>(destination)),
            TensorDType.Int32 => Checked(values, MemoryMarshal.Cast<byte, int>(destination)),
            TensorDType.UInt32 => Checked(values, MemoryMarshal.Cast<byte, uint>(destination)),
            TensorDType.Int64 => Checked(values, MemoryMarshal.Cast<byte, long>(destination)),
            _ => Checked(values, MemoryMarshal.Cast<byte, ulong>(destination)),
        };

    private static int ToBools<T>(ReadOnlySpan<T> values, Span<byte> destination)
        where T : INumber<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = T.IsZero(values[i]) ? (byte)0 : (byte)1;
        }

        return -1;
    }

    private static int Checked<TFrom, TTo>(ReadOnlySpan<TFrom> values, Span<TTo> destination)
        where TFrom : INumber<TFrom>
        where TTo : INumber<TTo>
    {
        int at = 0;
        try
        {
            for (; at < values.Length; at++)
            {
                destination[at] = TTo.CreateChecked(values[at]);
            }

            return -1;
        }
        catch (OverflowException)
        {
            return at;
        }
    }

    // An integer beyond 2^53 is cut to 53 bits with the last one set if anything was cut off: the second rounding, to 11 bits or fewer, then sees on which
    // side of a tie it lay.
    private static double ToOdd<T>(T value)
        where T : INumber<T>
    {
        double near = double.CreateTruncating(value);
        Int128 exact = Int128.CreateChecked(value);
        var back = (Int128)near;
        if (back == exact)
        {
            return near;
        }

        long bits = BitConverter.DoubleToInt64Bits(near);
        return BitConverter.Int64BitsToDouble((Int128.Abs(back) > Int128.Abs(exact) ? bits - 1 : bits) | 1);
    }

    private static void RoundToBFloat16(ReadOnlySpan<uint> floats, Span<ushort> destination)
    {
        for (int i = 0; i < floats.Length; i++)
        {
            uint bits = floats[i];
            uint lastBit = (bits >> 16) & 1;
            destination[i] = (bits & 0x7FFF_FFFF) > 0x7F80_0000 ? (ushort)((bits >> 16) | 0x0040) : (ushort)((bits + 0x7FFF + lastBit) >> 16);
        }
    }
}
