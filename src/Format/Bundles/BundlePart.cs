using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>A stored piece of a tensor: one slice of a partitioned one, or all of another.</summary>
/// <param name="TensorName">The tensor, for messages.</param>
/// <param name="Slice">Which part of the tensor it is, spelled as stored; full on every axis when the tensor is not partitioned.</param>
/// <param name="Entry">Its dtype, its own shape, and where its bytes are.</param>
public sealed record BundlePart(string TensorName, TensorSlice Slice, BundleEntry Entry)
{
    /// <summary>The tensor's name; with the slice, unless that is everything.</summary>
    public override string ToString() => Slice.Extents.All(extent => extent.IsFull) ? TensorName : $"{TensorName} slice {Slice}";

    /// <summary>TensorFlow's complaint when the length of the bytes contradicts dtype and shape, or null when it is right.</summary>
    public string? SizeFault() => EntryRules.SizeFault(ToString(), Entry);
}
