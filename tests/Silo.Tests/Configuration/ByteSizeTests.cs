using Cairn.Silo.Configuration;

namespace Cairn.Silo.Tests.Configuration;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("67108864", 67_108_864)]
    [InlineData("64MiB", 67_108_864)]
    [InlineData("1.5 gib", 1_610_612_736)]
    [InlineData("8B", 8)]
    public void TryParse_Size_IsRead(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out long read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("-1")]
    [InlineData("64MB")]
    [InlineData("0.3B")]
    [InlineData("9999999999TiB")]
    public void TryParse_NotASize_IsRefused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1000, "1000 B")]
    [InlineData(1L << 30, "1 GiB")]
    [InlineData(3L << 20, "3 MiB")]
    public void Format_Bytes_TakesTheLargestUnitThatDivides(long bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));
}
