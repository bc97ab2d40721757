using System.Numerics;
using System.Runtime.InteropServices;
using Cairn.Format.Tensors;
using Cairn.Grains.Variables.Arithmetic;

namespace Cairn.Grains.Tests.Variables.Arithmetic;

/// <summary>The vectorised sums against one element at a time, over random bits: infinities, NaNs and overflow come up by themselves.</summary>
public sealed class ElementsTests
{
    public static TheoryData<TensorDType> Addable => [.. Enum.GetValues<TensorDType>().Where(dtype => dtype.IsFixedSize() && Elements.CanAdd(dtype))];

    [Theory]
    [MemberData(nameof(Addable))]
    public void AddAndSubtract_OfRandomBits_AreTheScalarOnes(TensorDType dtype)
    {
        foreach (int count in new[] { 0, 1, 3, 31, 1000 })
        {
            byte[] target = RandomBits(count * dtype.ElementBytes(), seed: count);
            byte[] delta = RandomBits(target.Length, seed: -count);
            byte[] sum = [.. target];
            byte[] difference = [.. target];

            Elements.Add(dtype, sum, delta);
            Elements.Subtract(dtype, difference, delta);

            AssertSame(dtype, Scalar(dtype, target, delta, isAdd: true), sum);
            AssertSame(dtype, Scalar(dtype, target, delta, isAdd: false), difference);
        }
    }

    [Theory]
    [InlineData(TensorDType.Bool)]
    [InlineData(TensorDType.QInt8)]
    [InlineData(TensorDType.QInt32)]
    [InlineData(TensorDType.Float8E5M2)]
    [InlineData(TensorDType.Int4)]
    [InlineData(TensorDType.String)]
    public void CanAdd_OfTypesThatTensorFlowDoesNotAdd_IsFalse(TensorDType dtype) => Assert.False(Elements.CanAdd(dtype));

    [Theory]
    [InlineData(1.0f, 0x3F80)]
    [InlineData(1.00390625f, 0x3F80)] // Half-way between 0x3F80 and 0x3F81: to the even one.
    [InlineData(1.01171875f, 0x3F82)] // Half-way between 0x3F81 and 0x3F82: to the even one.
    [InlineData(3.4e38f, 0x7F80)] // Beyond the largest: infinity.
    [InlineData(float.NegativeInfinity, 0xFF80)]
    [InlineData(float.NaN, 0xFFC0)]
    [InlineData(-0.0f, 0x8000)]
    public void BFloat16_OfAFloat_IsRoundedToNearestEven(float value, int bits) => Assert.Equal(bits, BFloat16s.FromFloat(value));

    private static byte[] Scalar(TensorDType dtype, byte[] target, byte[] delta, bool isAdd) => dtype switch
    {
        TensorDType.Float or TensorDType.Complex64 => Scalar<float>(target, delta, isAdd),
        TensorDType.Double or TensorDType.Complex128 => Scalar<double>(target, delta, isAdd),
        TensorDType.Half => Scalar<Half>(target, delta, isAdd),
        TensorDType.BFloat16 => ScalarBFloat16(target, delta, isAdd),
        TensorDType.Int8 => Scalar<sbyte>(target, delta, isAdd),
        TensorDType.Int16 => Scalar<short>(target, delta, isAdd),
        TensorDType.Int32 => Scalar<int>(target, delta, isAdd),
        TensorDType.Int64 => Scalar<long>(target, delta, isAdd),
        TensorDType.UInt8 => Scalar<byte>(target, delta, isAdd),
        TensorDType.UInt16 => Scalar<ushort>(target, delta, isAdd),
        TensorDType.UInt32 => Scalar<uint>(target, delta, isAdd),
        TensorDType.UInt64 => Scalar<ulong>(target, delta, isAdd),
        _ => throw new ArgumentOutOfRangeException(nameof(dtype)),
    };

    private static byte[] Scalar<T>(byte[] target, byte[] delta, bool isAdd)
        where T : unmanaged, INumber<T>
    {
        byte[] result = [.. target];
        Span<T> values = MemoryMarshal.Cast<byte, T>(result.AsSpan());
        ReadOnlySpan<T> deltas = MemoryMarshal.Cast<byte, T>(delta.AsSpan());
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = unchecked(isAdd ? values[i] + deltas[i] : values[i] - deltas[i]);
        }

        return result;
    }

    private static byte[] ScalarBFloat16(byte[] target, byte[] delta, bool isAdd)
    {
        byte[] result = [.. target];
        Span<ushort> values = MemoryMarshal.Cast<byte, ushort>(result.AsSpan());
        ReadOnlySpan<ushort> deltas = MemoryMarshal.Cast<byte, ushort>(delta.AsSpan());
        for (int i = 0; i < values.Length; i++)
        {
            float left = BitConverter.Int32BitsToSingle(values[i] << 16);
            float right = BitConverter.Int32BitsToSingle(deltas[i] << 16);
            values[i] = BFloat16s.FromFloat(isAdd ? left + right : left - right);
        }

        return result;
    }

    /// <summary>Compares bits; a NaN equals any NaN, since which one comes out is the processor's choice.</summary>
    private static void AssertSame(TensorDType dtype, byte[] expected, byte[] actual)
    {
        for (int i = 0; i < expected.Length; i += WordBytes(dtype))
        {
            ReadOnlySpan<byte> left = expected.AsSpan(i, WordBytes(dtype));
            ReadOnlySpan<byte> right = actual.AsSpan(i, WordBytes(dtype));
            Assert.True(left.SequenceEqual(right) || (IsNaN(dtype, left) && IsNaN(dtype, right)), $"{dtype} at byte {i}: {Convert.ToHexString(left)} and " +
                $"{Convert.ToHexString(right)}");
        }
    }

    private static bool IsNaN(TensorDType dtype, ReadOnlySpan<byte> word) => dtype switch
    {
        TensorDType.Float or TensorDType.Complex64 => float.IsNaN(BitConverter.ToSingle(word)),
        TensorDType.Double or TensorDType.Complex128 => double.IsNaN(BitConverter.ToDouble(word)),
        TensorDType.Half => Half.IsNaN(BitConverter.ToHalf(word)),
        TensorDType.BFloat16 => float.IsNaN(BitConverter.Int32BitsToSingle(BitConverter.ToUInt16(word) << 16)),
        _ => false,
    };

    private static int WordBytes(TensorDType dtype) =>
        dtype is TensorDType.Complex64 or TensorDType.Complex128 ? dtype.ElementBytes() / 2 : dtype.ElementBytes();

    private static byte[] RandomBits(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
