using Cairn.Format.Tensors;
using CsCheck;

namespace Cairn.Format.Tests.Tensors;

/// <summary>Casts are judged by the definition: no value of the type lies nearer.</summary>
public sealed class TensorCastTests
{
    private static readonly TensorDType[] Reals =
    [
        TensorDType.Float, TensorDType.Double, TensorDType.Half, TensorDType.BFloat16, TensorDType.Int8, TensorDType.UInt8, TensorDType.Int16, TensorDType.UInt16,
        TensorDType.Int32, TensorDType.UInt32, TensorDType.Int64, TensorDType.UInt64, TensorDType.Bool, TensorDType.Float8E5M2, TensorDType.Float8E4M3FN,
        TensorDType.Float8E4M3FNUZ, TensorDType.Float8E4M3B11FNUZ, TensorDType.Float8E5M2FNUZ,
    ];

    public static TheoryData<TensorDType> SmallTypes =>
        [TensorDType.Half, TensorDType.BFloat16, .. Reals.Where(dtype => dtype.ShortName().StartsWith("float8", StringComparison.Ordinal))];

    public static TheoryData<TensorDType, TensorDType> Pairs =>
        new(Reals.SelectMany(from => Reals.Select(to => (from, to))));

    [Theory]
    [MemberData(nameof(SmallTypes))]
    public void Convert_AnyDouble_GoesToTheNearest_TiesToEven(TensorDType to)
    {
        double[] grid = FiniteValues(to);
        Gen<double> near = from at in Gen.Int[0, grid.Length - 2]
                           from part in Gen.OneOf(Gen.Const(0.5), Gen.Double[0, 1])
                           from nudge in Gen.Int[-1, 1]
                           select Nudge(grid[at] + ((grid[at + 1] - grid[at]) * part), nudge);

        near.Sample(value => Assert.Equal(NearestOf(grid, value), One(TensorDType.Double, BitConverter.GetBytes(value), to)), iter: 3000);
    }

    [Theory]
    [MemberData(nameof(SmallTypes))]
    public void Convert_EveryValueOfASmallType_ComesBackThroughFloatAndDouble(TensorDType dtype)
    {
        int unit = dtype.ElementBytes();
        byte[] all = [.. Enumerable.Range(0, unit == 1 ? 256 : 65536).SelectMany(bits => BitConverter.GetBytes(bits)[..unit])];
        int count = all.Length / unit;
        foreach (TensorDType wide in (TensorDType[])[TensorDType.Float, TensorDType.Double])
        {
            byte[] widened = new byte[count * wide.ElementBytes()];
            byte[] back = new byte[all.Length];
            Assert.Equal(-1, TensorCast.Convert(dtype, all, wide, widened));
            Assert.Equal(-1, TensorCast.Convert(wide, widened, dtype, back));

            for (int i = 0; i < count; i++)
            {
                string text = TensorElement.Read(dtype, all.AsSpan(i * unit, unit)).Text;
                Assert.Equal(text, TensorElement.Read(dtype, back.AsSpan(i * unit, unit)).Text);
            }
        }
    }

    [Theory]
    [InlineData(1e30, TensorDType.Half, double.PositiveInfinity)]
    [InlineData(-1e30, TensorDType.Float8E5M2, double.NegativeInfinity)]
    [InlineData(1e30, TensorDType.Float8E4M3FN, double.NaN)]
    [InlineData(double.PositiveInfinity, TensorDType.Float8E4M3FNUZ, double.NaN)]
    [InlineData(464.0, TensorDType.Float8E4M3FN, 448.0)]
    [InlineData(464.1, TensorDType.Float8E4M3FN, double.NaN)]
    [InlineData(65519.9, TensorDType.Half, 65504.0)]
    [InlineData(3.4e38, TensorDType.BFloat16, double.PositiveInfinity)]
    [InlineData(double.NaN, TensorDType.BFloat16, double.NaN)]
    public void Convert_AtTheEnds_IsInfinityOrNaN(double value, TensorDType to, double expected)
    {
        Assert.Equal(expected, One(TensorDType.Double, BitConverter.GetBytes(value), to));
        if ((float)value == value)
        {
            Assert.Equal(expected, One(TensorDType.Float, BitConverter.GetBytes((float)value), to));
        }
    }

    [Fact]
    public void Convert_FloatToBFloat16_IsThatOfDoubles() => Gen.UInt.Sample(bits =>
    {
        float value = BitConverter.UInt32BitsToSingle(bits);
        Assert.Equal(
            One(TensorDType.Double, BitConverter.GetBytes((double)value), TensorDType.BFloat16),
            One(TensorDType.Float, BitConverter.GetBytes(value), TensorDType.BFloat16));
    });

    [Fact]
    public void Convert_ALongJustAboveATie_IsRoundedOnce()
    {
        // 2^62 + 2^54 is half-way between two bfloat16 values; a double does not see the last 1, bfloat16 must.
        long tie = (1L << 62) + (1L << 54);

        Assert.Equal(1L << 62, One(TensorDType.Int64, BitConverter.GetBytes(tie), TensorDType.BFloat16));
        Assert.Equal((1L << 62) + (1L << 55), One(TensorDType.Int64, BitConverter.GetBytes(tie + 1), TensorDType.BFloat16));
        Assert.Equal(1L << 62, One(TensorDType.Int64, BitConverter.GetBytes(tie - 1), TensorDType.BFloat16));
        Assert.Equal(-(1L << 62) - (1L << 55), One(TensorDType.Int64, BitConverter.GetBytes(-tie - 1), TensorDType.BFloat16));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Convert_SmallIntegers_AreExactInEveryType(TensorDType from, TensorDType to)
    {
        foreach (double number in (double[])[0, 1, 7, 16])
        {
            double given = from == TensorDType.Bool ? Math.Min(number, 1) : number;
            double expected = to == TensorDType.Bool ? Math.Min(given, 1) : given;
            byte[] element = new byte[from.ElementBytes()];
            TensorCast.Convert(TensorDType.Double, BitConverter.GetBytes(given), from, element);
            if (One(from, element, TensorDType.Double) == given)
            {
                Assert.Equal(expected, One(from, element, to));
            }
        }
    }

    [Theory]
    [InlineData(1.9, 1)]
    [InlineData(-1.9, -1)]
    [InlineData(127.99, 127)]
    [InlineData(-128.99, -128)]
    public void Convert_ToAnInteger_IsTowardsZero(double value, double expected) =>
        Assert.Equal(expected, One(TensorDType.Double, BitConverter.GetBytes(value), TensorDType.Int8));

    [Theory]
    [InlineData(128.0)]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void Convert_WhatAnIntegerDoesNotHold_SaysWhere(double value)
    {
        double[] values = [1, 2, value, 3];
        byte[] source = [.. values.SelectMany(BitConverter.GetBytes)];

        Assert.Equal(2, TensorCast.Convert(TensorDType.Double, source, TensorDType.Int8, new byte[4]));
    }

    [Theory]
    [InlineData(TensorDType.QInt8, TensorDType.Int8)]
    [InlineData(TensorDType.Float, TensorDType.Complex64)]
    [InlineData(TensorDType.String, TensorDType.Float)]
    [InlineData(TensorDType.Int4, TensorDType.Int8)]
    public void IsPossible_QuantisedComplexStringsAndNarrowTypes_IsFalse(TensorDType from, TensorDType to) => Assert.False(TensorCast.IsPossible(from, to));

    private static double One(TensorDType from, byte[] element, TensorDType to)
    {
        byte[] converted = new byte[to.ElementBytes()];
        Assert.Equal(-1, TensorCast.Convert(from, element, to, converted));
        return TensorElement.Read(to, converted).Real;
    }

    private static double[] FiniteValues(TensorDType dtype)
    {
        int unit = dtype.ElementBytes();
        return [.. Enumerable.Range(0, unit == 1 ? 256 : 65536)
            .Select(bits => TensorElement.Read(dtype, BitConverter.GetBytes(bits).AsSpan(0, unit)).Real)
            .Where(double.IsFinite).Distinct().Order()];
    }

    private static double Nudge(double value, int direction) =>
        direction == 0 ? value : direction > 0 ? Math.BitIncrement(value) : Math.BitDecrement(value);

    private static double NearestOf(double[] grid, double value)
    {
        int above = Array.FindIndex(grid, candidate => candidate >= value);
        if (above <= 0)
        {
            return above == 0 ? grid[0] : grid[^1];
        }

        (double low, double high) = (grid[above - 1], grid[above]);
        double lowDistance = value - low;
        double highDistance = high - value;
        if (lowDistance != highDistance)
        {
            return lowDistance < highDistance ? low : high;
        }

        // Of two neighbours one is an even multiple of what lies between them.
        return IsEven(low, high - low) ? low : high;
    }

    private static bool IsEven(double value, double spacing) => Math.Round(value / spacing) % 2 == 0;
}
