using Cairn.Format.Tensors;

namespace Cairn.Format.Graphs;

/// <summary>Which part of a partitioned variable a node holds (SaveSliceInfoDef).</summary>
/// <param name="FullShape">The shape of the whole.</param>
/// <param name="Slice">The slice, with explicit numbers on every axis.</param>
public sealed record MetaGraphPartition(TensorShape FullShape, TensorSlice Slice);
