using System.Runtime.InteropServices;
using Cairn.Format.Tensors;
using Cairn.Grains.Variables.Arithmetic;

namespace Cairn.Grains.Tests.Variables.Arithmetic;

public sealed class MovingAverageTests
{
    [Fact]
    public void Move_OfTen_FromZero_AtDecay099_IsTensorFlowsBits()
    {
        float[] shadow = [0f];

        Move(TensorDType.Float, shadow, [10f], Weight);

        Assert.Equal(BitConverter.SingleToInt32Bits(0.099999905f), BitConverter.SingleToInt32Bits(shadow[0]));
    }

    [Theory]
    [InlineData(0.99f, 0L, 0.9f)] // min(0.99, 1/10)
    [InlineData(0.99f, 10L, 0.45f)] // min(0.99, 11/20)
    [InlineData(0.99f, 100_000L, 0.00999999f)] // The plain decay again.
    [InlineData(0.5f, 10L, 0.5f)]
    public void WeightOf_WithNumUpdates_TakesTheSmallerDecay(float decay, long numUpdates, float weight) =>
        Assert.Equal(weight, MovingAverage.WeightOf(decay, numUpdates), 1e-6f);

    [Fact]
    public void WeightOf_IsComputedInFloat32()
    {
        Assert.Equal(BitConverter.SingleToInt32Bits(1.0f - 0.9999f), BitConverter.SingleToInt32Bits(MovingAverage.WeightOf(0.9999f, null)));
        Assert.Equal(BitConverter.SingleToInt32Bits(1.0f - (3.0f / 12.0f)), BitConverter.SingleToInt32Bits(MovingAverage.WeightOf(0.9999f, 2)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(3000)]
    public void Move_OfRandomFloats_RoundsEachOfTheThreeOperations(int count)
    {
        var random = new Random(count);
        float[] shadow = [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 100)];
        float[] value = [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 50)];
        float weight = MovingAverage.WeightOf(0.997f, null);
        float[] expected = [.. shadow.Zip(value, (s, v) => Step(s, v, weight))];

        Move(TensorDType.Float, shadow, value, weight);

        Assert.Equal(expected, shadow);
    }

    [Fact]
    public void Move_OfDoubles_CastsTheFloat32Weight()
    {
        double[] shadow = [0.0];

        Move(TensorDType.Double, shadow, [10.0], Weight);

        Assert.Equal(10.0 * (1.0f - 0.99f), shadow[0]); // 0.0999999..., not 0.1: the weight was rounded to float32 first.
    }

    [Fact]
    public void Move_OfHalves_RoundsInHalf()
    {
        Half[] shadow = [(Half)0.5f, (Half)1000f, (Half)(-3f)];
        Half[] value = [(Half)10f, (Half)1001f, (Half)0.001f];
        var weight = (Half)MovingAverage.WeightOf(0.99f, null);
        Half[] expected = [.. shadow.Zip(value, (s, v) => s - ((s - v) * weight))];

        Move(TensorDType.Half, shadow, value, Weight);

        Assert.Equal(expected, shadow);
    }

    [Fact]
    public void Move_OfBFloat16s_RoundsInBFloat16()
    {
        ushort[] shadow = [0, 0x3F80, 0x4120]; // 0, 1, 10
        ushort[] value = [0x4120, 0x4120, 0x3F80]; // 10, 10, 1

        Move(TensorDType.BFloat16, shadow, value, Weight);

        // The weight becomes 0x3C24 (0.010009765625), so the steps are -0.10009765625 (0xBDCD), -0.09008789 (0xBDB9, from 0.090087890625) and 0.09008789.
        float step = BFloat16s.ToFloat(0x3DB8);
        Assert.Equal([0x3DCD, BFloat16s.FromFloat(1f + step), BFloat16s.FromFloat(10f - step)], shadow);
    }

    [Fact]
    public void Move_OfComplexNumbers_MovesBothParts()
    {
        float[] shadow = [0f, 4f];
        float weight = MovingAverage.WeightOf(0.75f, null);

        Move(TensorDType.Complex64, shadow, [8f, 0f], weight);

        Assert.Equal([2f, 3f], shadow);
    }

    private static float Weight => MovingAverage.WeightOf(0.99f, null);

    private static void Move<T>(TensorDType dtype, T[] shadow, T[] value, float weight)
        where T : unmanaged => MovingAverage.Move(dtype, MemoryMarshal.AsBytes(shadow.AsSpan()), MemoryMarshal.AsBytes(value.AsSpan()), weight);

    private static float Step(float shadow, float value, float weight)
    {
        float difference = shadow - value;
        float step = difference * weight;
        return shadow - step;
    }
}
