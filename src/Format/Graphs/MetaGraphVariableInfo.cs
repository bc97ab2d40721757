using Cairn.Format.Tensors;

namespace Cairn.Format.Graphs;

/// <summary>A variable that a MetaGraphDef tells of.</summary>
/// <param name="Name">The name of its node, without <c>:0</c>.</param>
/// <param name="Key">Its key in a checkpoint: the name of the whole for a partition, else <paramref name="Name"/>.</param>
/// <param name="DType">Its type; <see cref="TensorDType.Invalid"/> if the graph has no node for it.</param>
/// <param name="Shape">The shape of the node, or null if the graph does not fix it.</param>
/// <param name="Partition">The slice that it holds of the whole, or null for a whole variable.</param>
/// <param name="IsResource">True for a resource variable (VarHandleOp).</param>
/// <param name="Trainable">True if an optimiser trains it.</param>
/// <param name="IsAveraged">True if a moving average is kept of it.</param>
/// <param name="AverageKey">The key of that average in a checkpoint, if the graph holds it under the name looked for; else null.</param>
public sealed record MetaGraphVariableInfo(
    string Name,
    string Key,
    TensorDType DType,
    TensorShape? Shape,
    MetaGraphPartition? Partition,
    bool IsResource,
    bool Trainable,
    bool IsAveraged,
    string? AverageKey);
