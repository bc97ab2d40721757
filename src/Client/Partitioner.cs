using Cairn.Format.Tensors;

namespace Cairn.Client;

/// <summary>How a variable is cut into shards along axis 0. The default value cuts so that no shard is over 64 MiB.</summary>
public readonly record struct Partitioner
{
    /// <summary>The largest shard of the default partitioner: what one silo receives, pages and writes comfortably as a piece (64 MiB).</summary>
    public const long ShardBytesMaxDefault = 64L << 20;

    private readonly int _count;
    private readonly long _bytesMax;

    private Partitioner(int count, long bytesMax) => (_count, _bytesMax) = (count, bytesMax);

    /// <summary>Cuts into <paramref name="count"/> shards, or into as many as there are rows if that is fewer, like <c>tf.fixed_size_partitioner</c>.</summary>
    public static Partitioner FixedSize(int count) =>
        count >= 1 ? new(count, 0) : throw new CheckpointException(CheckpointError.InvalidArgument, $"A variable cannot have {count} shards; give 1 or more.");

    /// <summary>Cuts into as few shards as keep each at or below <paramref name="bytes"/>, like <c>tf.variable_axis_size_partitioner</c>.</summary>
    public static Partitioner MaxShardBytes(long bytes) =>
        bytes >= 1
            ? new(0, bytes)
            : throw new CheckpointException(CheckpointError.InvalidArgument, $"A shard cannot be limited to {bytes} bytes; give 1 or more.");

    /// <summary>The number of shards of a variable.</summary>
    internal int ShardCountOf(string name, TensorDType dtype, TensorShape shape)
    {
        if (shape.Rank == 0 || shape[0] <= 1 || shape.ElementCount == 0)
        {
            return 1;
        }

        return _count > 0 ? (int)Math.Min(_count, shape[0]) : CountBelow(_bytesMax > 0 ? _bytesMax : ShardBytesMaxDefault, name, dtype, shape);
    }

    private static int CountBelow(long bytesMax, string name, TensorDType dtype, TensorShape shape)
    {
        Int128 rowBytes = shape.Dimensions.Skip(1).Aggregate((Int128)dtype.ElementBytes(), (bytes, dimension) => bytes * dimension);
        if (rowBytes > bytesMax)
        {
            throw new CheckpointException(CheckpointError.LimitExceeded,
                $"A row of variable '{name}' of shape {shape} is {rowBytes} bytes, wider than the {bytesMax} bytes of a shard; raise the limit with " +
                    $"Partitioner.MaxShardBytes.");
        }

        long rowsPerShard = (long)(bytesMax / rowBytes);
        long count = ((shape[0] - 1) / rowsPerShard) + 1;
        return count <= int.MaxValue
            ? (int)count
            : throw new CheckpointException(CheckpointError.LimitExceeded,
                $"Variable '{name}' of shape {shape} would have {count} shards; raise the limit with Partitioner.MaxShardBytes.");
    }
}
