using System.Numerics;
using System.Runtime.InteropServices;
using Cairn.Format.Tensors;

namespace Cairn.RealCheckpoint;

/// <summary>The moving average of a value that does not change, computed the plain way: what the cluster must have come to.</summary>
internal static class Averages
{
    public static bool CanAverage(TensorDType dtype) => dtype is TensorDType.Float or TensorDType.Double;

    /// <summary>The average after <paramref name="updates"/> updates from zero: average -= (average - value) * (1 - decay), 1 - decay in float32.</summary>
    public static ReadOnlyMemory<byte> OfConstant(TensorValue value, double decay, int updates)
    {
        float rate = 1f - (float)decay;
        return value.DType == TensorDType.Float ? Of(value.AsSpan<float>(), rate, updates) : Of(value.AsSpan<double>(), rate, updates);
    }

    private static byte[] Of<T>(ReadOnlySpan<T> values, T rate, int updates)
        where T : unmanaged, INumber<T>
    {
        T[] averages = new T[values.Length];
        for (int update = 0; update < updates; update++)
        {
            for (int index = 0; index < averages.Length; index++)
            {
                averages[index] -= (averages[index] - values[index]) * rate;
            }
        }

        return MemoryMarshal.AsBytes(averages.AsSpan()).ToArray();
    }
}
