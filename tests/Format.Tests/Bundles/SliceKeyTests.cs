using System.Buffers;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using CsCheck;

namespace Cairn.Format.Tests.Bundles;

public sealed class SliceKeyTests
{
    [Theory]
    [InlineData(0, "80")]
    [InlineData(63, "bf")]
    [InlineData(64, "c040")]
    [InlineData(-1, "7f")]
    [InlineData(-64, "40")]
    [InlineData(-65, "3fbf")]
    [InlineData(8191, "dfff")]
    [InlineData(8192, "e02000")]
    [InlineData(0x424242, "f0424242")]
    [InlineData(-0x800, "3800")]
    [InlineData(1L << 20, "f0100000")]
    [InlineData(1L << 55, "ff8080000000000000")]
    [InlineData(1L << 62, "ffc04000000000000000")]
    [InlineData(long.MaxValue, "ffc07fffffffffffffff")]
    public void WriteSigned_KnownValues_AreTensorFlows(long value, string expected) => Assert.Equal(expected, Convert.ToHexStringLower(Signed(value)));

    [Fact]
    public void WriteSigned_AnyTwoValues_KeepTheirOrder() =>
        Gen.Select(AnyLong, AnyLong).Sample((a, b) => Math.Sign(Signed(a).AsSpan().SequenceCompareTo(Signed(b))) == a.CompareTo(b));

    [Fact]
    public void WriteNumber_AnyTwoValues_KeepTheirOrder() =>
        Gen.Select(AnyLong, AnyLong).Sample(
            (a, b) => Math.Sign(Number((ulong)a).AsSpan().SequenceCompareTo(Number((ulong)b))) == ((ulong)a).CompareTo((ulong)b));

    [Fact]
    public void WriteString_AnyTwoValues_KeepTheirOrder()
    {
        Gen<byte[]> bytes = Gen.Int[0, 4].Select(i => new byte[] { 0, 1, 0x41, 0xFE, 0xFF }[i]).Array[0, 6];
        Gen.Select(bytes, bytes).Sample((a, b) =>
            Math.Sign(Text(a).AsSpan().SequenceCompareTo(Text(b))) == Math.Sign(a.AsSpan().SequenceCompareTo(b)));
    }

    [Fact]
    public void Encode_ASliceOfW_IsTheGoldenKey() =>
        Assert.Equal("00770001010280828082", Convert.ToHexStringLower(SliceKeys.Encode("w"u8, new TensorSlice([new(0, 2), new(0, 2)]))));

    [Fact]
    public void Encode_AFullAxis_IsSpelledMinusOne() =>
        Assert.Equal("00770001010282818" + "07f", Convert.ToHexStringLower(SliceKeys.Encode("w"u8, new TensorSlice([new(2, 1), SliceExtent.Full]))));

    [Theory]
    [InlineData("3 2 0,2:0,2")]
    [InlineData("3 2 -:2,0", "Expected non-negative start and positive length but got start = 2, length = 0: string = 3 2 -:2,0")]
    [InlineData("3 2 -:x", "Expected a pair of numbers or '-' but got 'x': string = 3 2 -:x")]
    [InlineData("3", "Need least two elements in shape_and_slice specification: 3")]
    [InlineData("3 2 0,2", "has 1 axes")]
    [InlineData("3 2 2,2:0,2", "does not fit")]
    [InlineData("x 0,1", "Non numerical dimension")]
    public void Parse_ASpecification_IsReadBackOrRefused(string text, string? reason = null)
    {
        if (reason is null)
        {
            Assert.Equal(text, SliceSpec.Parse(text)!.ToString());
            return;
        }

        var refused = Assert.Throws<CheckpointException>(() => SliceSpec.Parse(text));
        Assert.Equal(CheckpointError.InvalidArgument, refused.Error);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TheEmptySpecification_IsNone() => Assert.Null(SliceSpec.Parse(""));

    private static readonly Gen<long> AnyLong = Gen.OneOf(
        Gen.Long, Gen.Long[-70, 70], from bits in Gen.Int[0, 62] from near in Gen.Int[-1, 1] select (1L << bits) + near);

    private static byte[] Signed(long value) => Write(writer => OrderedCode.WriteSigned(writer, value));

    private static byte[] Number(ulong value) => Write(writer => OrderedCode.WriteNumber(writer, value));

    private static byte[] Text(byte[] value) => Write(writer => OrderedCode.WriteString(writer, value));

    private static byte[] Write(Action<IBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }
}
