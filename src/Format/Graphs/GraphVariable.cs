using Cairn.Format.Protos;
using Cairn.Format.Tensors;

namespace Cairn.Format.Graphs;

/// <summary>A variable as a graph holds it: one node. A partition of a partitioned variable is one, and so is the average of it.</summary>
/// <param name="NodeName">The name of its node.</param>
/// <param name="FullName">The name of the whole variable, which is its key in a checkpoint.</param>
/// <param name="DType">Its type.</param>
/// <param name="FullShape">The shape of the whole variable.</param>
/// <param name="Slice">The slice of the whole that this node holds, or null for all of it.</param>
/// <param name="ColocatedWith">The node it is placed with: itself, or the node that it is the average of.</param>
internal sealed record GraphVariable(string NodeName, string FullName, TensorDType DType, TensorShape FullShape, TensorSlice? Slice, string ColocatedWith)
{
    public TensorShape Shape => Slice?.ShapeIn(FullShape) ?? FullShape;

    /// <summary>What SaveV2 and RestoreV2 call a slice: the full shape and the slice (<c>3 2 0,2:0,2</c>); empty for a whole variable.</summary>
    public string ShapeAndSlice => Slice is null ? "" : $"{string.Join(' ', FullShape.Dimensions)} {Slice}";

    public SaveSliceInfoDef? SliceInfo => Slice is null
        ? null
        : new SaveSliceInfoDef
        {
            FullName = FullName,
            FullShape = { FullShape.Dimensions },
            VarOffset = { Slice.Extents.Select(extent => extent.Start) },
            VarShape = { Shape.Dimensions },
        };
}
