using Cairn.Client.Transport;
using Cairn.Contracts.Models;
using Cairn.Format.Tensors;

namespace Cairn.Client.Tests.Transport;

public sealed class ShardPlanTests
{
    [Fact]
    public void PiecesOf_EveryRangeOfEveryPartitioning_TilesTheRange()
    {
        for (int shards = 1; shards <= 7; shards++)
        {
            var variable = new VariableDefinition("v", TensorDType.Float, new TensorShape(7, 1), shards, true, null, null);
            for (long start = 0; start <= 7; start++)
            {
                for (long count = 0; count <= 7 - start; count++)
                {
                    AssertTiles(variable, new ByteRange(start * 4, count * 4));
                }
            }
        }
    }

    private static void AssertTiles(VariableDefinition variable, ByteRange range)
    {
        long next = 0;
        foreach (ShardPiece piece in ShardPlan.PiecesOf(variable, range))
        {
            Assert.True(piece.LengthBytes > 0);
            Assert.Equal(next, piece.CallerOffsetBytes);
            Assert.Equal(range.OffsetBytes + next, (variable.RowsOf(piece.Shard).Start * 4) + piece.ShardOffsetBytes);
            Assert.True(piece.ShardOffsetBytes + piece.LengthBytes <= variable.BytesOf(piece.Shard));
            next += piece.LengthBytes;
        }

        Assert.Equal(range.LengthBytes, next);
    }
}
