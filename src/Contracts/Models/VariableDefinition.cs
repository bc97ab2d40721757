using Cairn.Format.Tensors;

namespace Cairn.Contracts.Models;

/// <summary>A named tensor of a model.</summary>
/// <param name="Name">The name without <c>:0</c>; it is the variable's key in a checkpoint.</param>
/// <param name="DType">A type of fixed element size.</param>
/// <param name="Shape">The full shape, over all shards.</param>
/// <param name="ShardCount">How many shards share axis 0; shard i of n has L/n + (i &lt; L mod n) rows, as in TensorFlow. A scalar has one.</param>
/// <param name="Trainable">Whether an optimiser trains it; averages cover trainable variables by default.</param>
/// <param name="InitialElement">The bytes of one element (little-endian) that every element begins with, or null when the job sends whole initial
/// values.</param>
/// <param name="Average">The moving average that is kept of it, or null.</param>
[GenerateSerializer, Immutable, Alias("cairn.VariableDefinition")]
public sealed record VariableDefinition(
    [property: Id(0)] string Name,
    [property: Id(1)] TensorDType DType,
    [property: Id(2)] TensorShape Shape,
    [property: Id(3)] int ShardCount,
    [property: Id(4)] bool Trainable,
    [property: Id(5)] byte[]? InitialElement,
    [property: Id(6)] AverageDefinition? Average)
{
    /// <summary>The key of the shadow in a checkpoint, or null when no average is kept.</summary>
    public string? ShadowName => Average is null ? null : $"{Name}/{Average.Name}";

    /// <summary>First row and number of rows of shard <paramref name="index"/> along axis 0; (0, 1) for a scalar.</summary>
    public (long Start, long Count) RowsOf(int index)
    {
        if (Shape.Rank == 0)
        {
            return (0, 1);
        }

        (long rows, long more) = Math.DivRem(Shape[0], ShardCount);
        return ((rows * index) + Math.Min(index, more), rows + (index < more ? 1 : 0));
    }

    /// <summary>Bytes of one row: of everything below axis 0.</summary>
    public long RowBytes => Shape.Dimensions.Skip(1).Aggregate((long)DType.ElementBytes(), (bytes, dimension) => checked(bytes * dimension));

    /// <summary>Bytes of the value of shard <paramref name="index"/>.</summary>
    public long BytesOf(int index) => checked(RowsOf(index).Count * RowBytes);

    /// <summary>The slice of the full shape that shard <paramref name="index"/> holds, or null when the variable is one shard and so whole.</summary>
    public TensorSlice? SliceOf(int index)
    {
        if (ShardCount == 1)
        {
            return null;
        }

        (long start, long count) = RowsOf(index);
        return TensorSlice.Rows(Shape, start, count);
    }

    /// <summary>Compares all that defines the variable, the initial bytes by content.</summary>
    public bool Equals(VariableDefinition? other) =>
        other is not null && Name == other.Name && DType == other.DType && Shape.Equals(other.Shape) && ShardCount == other.ShardCount &&
        Trainable == other.Trainable && Average == other.Average && InitialElement.AsSpan().SequenceEqual(other.InitialElement);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, DType, Shape, ShardCount, Trainable, Average);
}
