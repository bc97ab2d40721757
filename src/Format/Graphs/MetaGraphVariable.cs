using System.Collections.Immutable;
using Cairn.Format.Tensors;

namespace Cairn.Format.Graphs;

/// <summary>A variable for the graph of a <c>.meta</c> file.</summary>
/// <param name="Name">Its name without <c>:0</c>.</param>
/// <param name="DType">A type of fixed element size.</param>
/// <param name="Shape">The full shape, over all partitions.</param>
public sealed record MetaGraphVariable(string Name, TensorDType DType, TensorShape Shape)
{
    /// <summary>Whether it is in the collection <c>trainable_variables</c>.</summary>
    public bool Trainable { get; init; } = true;

    /// <summary>The rows of each partition along axis 0, in order; empty, or one that holds all rows, for a variable in one piece.</summary>
    public ImmutableArray<long> PartitionRows { get; init; } = [];

    /// <summary>The bytes of one element (little-endian) that the graph's initialiser gives to every element; empty for zeros.</summary>
    public ReadOnlyMemory<byte> InitialElement { get; init; }

    /// <summary>The name of the average that is kept of it, which is appended after a slash (<c>ExponentialMovingAverage</c>), or null.</summary>
    public string? AverageName { get; init; }
}
