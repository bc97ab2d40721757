using Cairn.Format.Rewriting;
using CsCheck;

namespace Cairn.Format.Tests.Rewriting;

public sealed class ShardPlacementTests
{
    [Fact]
    public void Balance_AnyPieces_LeavesNoFileLongerThanTheAverageAndOnePiece() =>
        Gen.Select(Gen.Long[0, 1000].Array[0, 40], Gen.Int[1, 9]).Sample((lengths, shardCount) =>
        {
            int[] shards = ShardPlacement.Balance(lengths, shardCount);

            Assert.All(shards, shard => Assert.InRange(shard, 0, shardCount - 1));
            long longest = Enumerable.Range(0, shardCount).Max(shard => lengths.Where((_, piece) => shards[piece] == shard).Sum());
            Assert.True(longest <= (lengths.Sum() / shardCount) + lengths.DefaultIfEmpty().Max() + lengths.Length);
        });

    [Fact]
    public void Balance_EqualPieces_GoRoundInOrder() => Assert.Equal([0, 1, 2, 0, 1], ShardPlacement.Balance([0, 0, 0, 0, 0], 3));
}
