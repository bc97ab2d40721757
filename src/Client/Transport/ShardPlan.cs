using Cairn.Contracts.Models;

namespace Cairn.Client.Transport;

/// <summary>A range of one shard and where it lies in what the caller asked for.</summary>
/// <param name="Shard">The shard's index.</param>
/// <param name="ShardOffsetBytes">Where it begins in the shard.</param>
/// <param name="CallerOffsetBytes">Where it begins in the caller's range.</param>
/// <param name="LengthBytes">How long it is, more than 0.</param>
internal readonly record struct ShardPiece(int Shard, long ShardOffsetBytes, long CallerOffsetBytes, int LengthBytes);

/// <summary>Finds the shards that a range of a tensor lies in. Pure.</summary>
internal static class ShardPlan
{
    /// <summary>The pieces of <paramref name="range"/>, in order; together they are the range.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: a shard is over 2 GiB.</exception>
    public static IEnumerable<ShardPiece> PiecesOf(VariableDefinition variable, ByteRange range)
    {
        long shardStart = 0;
        long end = range.OffsetBytes + range.LengthBytes;
        for (int shard = 0; shard < variable.ShardCount && shardStart < end; shard++)
        {
            long shardBytes = variable.BytesOf(shard);
            long from = Math.Max(range.OffsetBytes, shardStart);
            long to = Math.Min(end, shardStart + shardBytes);
            if (to > from)
            {
                yield return new ShardPiece(shard, from - shardStart, from - range.OffsetBytes, PieceLength(variable, to - from));
            }

            shardStart += shardBytes;
        }
    }

    private static int PieceLength(VariableDefinition variable, long lengthBytes) => lengthBytes <= Array.MaxLength
        ? (int)lengthBytes
        : throw new CheckpointException(CheckpointError.LimitExceeded,
            $"A shard of variable '{variable.Name}' holds {lengthBytes} bytes, over the 2 GiB of one transfer; cut it smaller with Partitioner.MaxShardBytes.");
}
