using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cairn.Grains.Variables.Arithmetic;

/// <summary>bfloat16 elements as their bits: the upper half of a float32. Every operation is done
/// in float32 and rounded to nearest, ties to even, as Eigen does.</summary>
internal static class BFloat16s
{
    private const uint QuietNaN = 0x7FC0;

    /// <summary>The float of the same value.</summary>
    public static float ToFloat(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Rounds to the nearest bfloat16; a NaN becomes the quiet NaN of its sign.</summary>
    public static ushort FromFloat(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)(QuietNaN | ((bits >> 16) & 0x8000)) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>target += delta.</summary>
    public static void Add(Span<ushort> target, ReadOnlySpan<ushort> delta) => Combine<Plus>(target, delta);

    /// <summary>target -= delta.</summary>
    public static void Subtract(Span<ushort> target, ReadOnlySpan<ushort> delta) => Combine<Minus>(target, delta);

    /// <summary>shadow -= (shadow - value) * <paramref name="weight"/>, each of the three operations rounded.</summary>
    public static void MoveAverage(Span<ushort> shadow, ReadOnlySpan<ushort> value, float weight)
    {
        float rounded = ToFloat(FromFloat(weight));
        for (int i = 0; i < shadow.Length; i++)
        {
            float old = ToFloat(shadow[i]);
            float difference = ToFloat(FromFloat(old - ToFloat(value[i])));
            float step = ToFloat(FromFloat(difference * rounded));
            shadow[i] = FromFloat(old - step);
        }
    }

    private static void Combine<TOperator>(Span<ushort> target, ReadOnlySpan<ushort> delta)
        where TOperator : struct, IOperator
    {
        int lanes = Vector<ushort>.Count;
        int i = 0;
        for (; i <= target.Length - lanes; i += lanes)
        {
            Vector.Widen(new Vector<ushort>(target[i..]), out Vector<uint> targetLow, out Vector<uint> targetHigh);
            Vector.Widen(new Vector<ushort>(delta[i..]), out Vector<uint> deltaLow, out Vector<uint> deltaHigh);
            Vector<uint> low = Round(TOperator.Apply(ToFloats(targetLow), ToFloats(deltaLow)));
            Vector<uint> high = Round(TOperator.Apply(ToFloats(targetHigh), ToFloats(deltaHigh)));
            Vector.Narrow(low, high).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = FromFloat(TOperator.Apply(ToFloat(target[i]), ToFloat(delta[i])));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> ToFloats(Vector<uint> bits) => Vector.AsVectorSingle(bits << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Round(Vector<float> values)
    {
        Vector<uint> bits = Vector.AsVectorUInt32(values);
        Vector<uint> upper = bits >>> 16;
        Vector<uint> rounded = (bits + new Vector<uint>(0x7FFF) + (upper & Vector<uint>.One)) >>> 16;
        Vector<uint> quiet = new Vector<uint>(QuietNaN) | (upper & new Vector<uint>(0x8000));
        return Vector.ConditionalSelect(Vector.AsVectorUInt32(Vector.Equals(values, values)), rounded, quiet);
    }

    private interface IOperator
    {
        static abstract Vector<float> Apply(Vector<float> left, Vector<float> right);

        static abstract float Apply(float left, float right);
    }

    private readonly struct Plus : IOperator
    {
        public static Vector<float> Apply(Vector<float> left, Vector<float> right) => left + right;

        public static float Apply(float left, float right) => left + right;
    }

    private readonly struct Minus : IOperator
    {
        public static Vector<float> Apply(Vector<float> left, Vector<float> right) => left - right;

        public static float Apply(float left, float right) => left - right;
    }
}
