using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Cairn.Format.Tensors;

namespace Cairn.Grains.Variables.Arithmetic;

/// <summary>The exponential moving average as <c>tf.train.ExponentialMovingAverage</c>
/// computes it for variables: shadow -= (shadow - value) * (1 - d).</summary>
/// <remarks>Source: tensorflow/python/training/moving_averages.py. 1 - d is computed in float32, then cast
/// to the variable's type; each of the three operations rounds to that type.</remarks>
internal static class MovingAverage
{
    private const int BlockElements = 1024; // Differences of one block stay in the first-level cache.

    /// <summary>Whether an average can be kept of this type: the floating and complex ones.</summary>
    public static bool CanKeep(TensorDType dtype) => dtype
        is TensorDType.Float or TensorDType.Double or TensorDType.Half or TensorDType.BFloat16 or TensorDType.Complex64 or TensorDType.Complex128;

    /// <summary>1 - d in float32, where d is <paramref name="decay"/> or, with <paramref name="numUpdates"/> n, min(decay, (1 + n) / (10 + n)).</summary>
    public static float WeightOf(float decay, long? numUpdates)
    {
        if (numUpdates is { } updates)
        {
            float n = updates;
            decay = MathF.Min(decay, (1.0f + n) / (10.0f + n));
        }

        return 1.0f - decay;
    }

    /// <summary>Moves <paramref name="shadow"/> towards <paramref name="value"/> by <paramref name="weight"/>, which is 1 - d.</summary>
    public static void Move(TensorDType dtype, Span<byte> shadow, ReadOnlySpan<byte> value, float weight)
    {
        switch (dtype)
        {
            case TensorDType.Float: Move(As<float>(shadow), As<float>(value), weight); break;
            case TensorDType.Double: Move(As<double>(shadow), As<double>(value), (double)weight); break;
            case TensorDType.Half: Move(As<Half>(shadow), As<Half>(value), (Half)weight); break;
            case TensorDType.BFloat16: BFloat16s.MoveAverage(As<ushort>(shadow), As<ushort>(value), weight); break;
            case TensorDType.Complex64: MoveComplex(As<float>(shadow), As<float>(value), weight); break;
            case TensorDType.Complex128: MoveComplex(As<double>(shadow), As<double>(value), (double)weight); break;
            default: throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "No average is kept of the type.");
        }
    }

    private static void Move<T>(Span<T> shadow, ReadOnlySpan<T> value, T weight)
        where T : unmanaged, INumber<T>
    {
        Span<T> block = stackalloc T[BlockElements];
        while (shadow.Length > 0)
        {
            int length = Math.Min(BlockElements, shadow.Length);
            Span<T> difference = block[..length];
            TensorPrimitives.Subtract(shadow[..length], value[..length], difference);
            TensorPrimitives.Multiply(difference, weight, difference);
            TensorPrimitives.Subtract(shadow[..length], difference, shadow[..length]);
            shadow = shadow[length..];
            value = value[length..];
        }
    }

    /// <summary>The weight is cast to the complex number (weight, 0), and the product is the full one:
    /// its zero terms decide the sign of zeros and spread infinities.</summary>
    private static void MoveComplex<T>(Span<T> shadow, ReadOnlySpan<T> value, T weight)
        where T : unmanaged, INumber<T>
    {
        for (int i = 0; i + 1 < shadow.Length; i += 2)
        {
            T real = shadow[i] - value[i];
            T imaginary = shadow[i + 1] - value[i + 1];
            shadow[i] -= (real * weight) - (imaginary * T.Zero);
            shadow[i + 1] -= (real * T.Zero) + (imaginary * weight);
        }
    }

    private static Span<T> As<T>(Span<byte> bytes)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);

    private static ReadOnlySpan<T> As<T>(ReadOnlySpan<byte> bytes)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);
}
