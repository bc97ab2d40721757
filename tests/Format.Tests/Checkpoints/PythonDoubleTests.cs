using System.Globalization;
using Cairn.Format.Checkpoints;

namespace Cairn.Format.Tests.Checkpoints;

public sealed class PythonDoubleTests
{
    [Theory]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1.0, "1.0")]
    [InlineData(-1500.0, "-1500.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(1.5e-7, "1.5e-07")]
    [InlineData(123456789012345.0, "123456789012345.0")]
    [InlineData(1e15, "1000000000000000.0")]
    [InlineData(9007199254740993.0, "9007199254740992.0")]
    [InlineData(1e16, "1e+16")]
    [InlineData(1.25e22, "1.25e+22")]
    [InlineData(1673735799.685766, "1673735799.685766")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.MaxValue, "1.7976931348623157e+308")]
    [InlineData(double.PositiveInfinity, "inf")]
    [InlineData(double.NegativeInfinity, "-inf")]
    [InlineData(double.NaN, "nan")]
    public void Repr_IsPythons(double value, string text) => Assert.Equal(text, PythonDouble.Repr(value));

    [Fact]
    public void Repr_AnyBits_ReadsBackEqual()
    {
        Random random = new(20240601);
        for (int round = 0; round < 20_000; round++)
        {
            double value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(value))
            {
                Assert.Equal(value, double.Parse(PythonDouble.Repr(value), CultureInfo.InvariantCulture));
            }
        }
    }
}
