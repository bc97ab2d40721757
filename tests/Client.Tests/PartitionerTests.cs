using Cairn.Format.Tensors;

namespace Cairn.Client.Tests;

public sealed class PartitionerTests
{
    [Theory]
    [InlineData(5, 100, 5)]
    [InlineData(5, 3, 3)]
    [InlineData(1, 100, 1)]
    public void FixedSize_GivesAtMostOneShardARow(int count, long rows, int expected) => Assert.Equal(expected, CountOf(Partitioner.FixedSize(count), rows, 2));

    [Theory]
    [InlineData(16, 10, 5)] // Two rows of 8 bytes each.
    [InlineData(17, 10, 5)]
    [InlineData(24, 10, 4)]
    [InlineData(8, 10, 10)]
    [InlineData(80, 10, 1)]
    public void MaxShardBytes_CutsIntoTheFewestThatFit(long bytesMax, long rows, int expected)
    {
        int count = CountOf(Partitioner.MaxShardBytes(bytesMax), rows, 2);

        Assert.Equal(expected, count);
        Assert.True(((rows + count - 1) / count) * 8 <= bytesMax);
    }

    [Fact]
    public void Default_CutsAt64MiB()
    {
        Assert.Equal(1, CountOf(default, 16 << 20, 1));
        Assert.Equal(2, CountOf(default, (16 << 20) + 1, 1));
    }

    [Fact]
    public void AnyPartitioner_OfAScalarOrOfNoElements_GivesOne()
    {
        Assert.Equal(1, Partitioner.FixedSize(4).ShardCountOf("v", TensorDType.Float, TensorShape.Scalar));
        Assert.Equal(1, CountOf(Partitioner.MaxShardBytes(1), 0, 2));
        Assert.Equal(1, CountOf(Partitioner.FixedSize(4), 4, 0));
    }

    [Fact]
    public void MaxShardBytes_RowWiderThanThat_IsRefusedNamingTheOption()
    {
        CheckpointException refusal = Assert.Throws<CheckpointException>(() => CountOf(Partitioner.MaxShardBytes(7), 10, 2));

        Assert.Equal(CheckpointError.LimitExceeded, refusal.Error);
        Assert.Contains("Partitioner.MaxShardBytes", refusal.Message);
    }

    private static int CountOf(Partitioner partitioner, long rows, long columns) =>
        partitioner.ShardCountOf("v", TensorDType.Float, new TensorShape(rows, columns));
}
