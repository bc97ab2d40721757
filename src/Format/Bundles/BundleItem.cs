using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>What is added to a bundle, apart from its bytes.</summary>
/// <param name="Name">The tensor's name; not empty.</param>
/// <param name="DType">The type of its elements.</param>
/// <param name="FullShape">The shape of the whole tensor, also for a slice.</param>
public sealed record BundleItem(string Name, TensorDType DType, TensorShape FullShape)
{
    /// <summary>Which part of the tensor is added; null for all of it.</summary>
    public TensorSlice? Slice { get; init; }

    /// <summary>The data file it goes to.</summary>
    public int ShardIndex { get; init; }

    /// <summary>The shape of what is added.</summary>
    /// <exception cref="Errors.CheckpointException"><see cref="Errors.CheckpointError.InvalidArgument"/>: the slice does not fit.</exception>
    public TensorShape Shape => Slice is null ? FullShape : new TensorShape(SliceBox.Resolve(Slice, FullShape, Name).Lengths.AsSpan());

    /// <inheritdoc/>
    public override string ToString() => Slice is null ? Name : $"{Name} slice {Slice}";
}
