using System.Collections.Immutable;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>A tensor of a checkpoint, with the slices of a partitioned one folded into it.</summary>
public sealed class BundleTensor
{
    internal BundleTensor(byte[] key, BundleEntry entry, ImmutableArray<BundlePart> parts)
    {
        KeyBytes = key;
        Entry = entry;
        Parts = parts;
        Name = parts[0].TensorName;
    }

    /// <summary>The tensor's name. A key that is not UTF-8 is shown with <c>\xNN</c> escapes.</summary>
    public string Name { get; }

    /// <summary>The name's bytes, the order of the index.</summary>
    public ReadOnlyMemory<byte> Key => KeyBytes;

    internal byte[] KeyBytes { get; }

    /// <summary>The type of the elements.</summary>
    public TensorDType DType => Entry.DType;

    /// <summary>The full shape.</summary>
    public TensorShape Shape => Entry.Shape;

    /// <summary>The entry under the tensor's own key.</summary>
    public BundleEntry Entry { get; }

    /// <summary>The stored pieces in the order of saving; exactly one when the tensor is not partitioned.</summary>
    public ImmutableArray<BundlePart> Parts { get; }

    /// <summary>True when the tensor is stored in slices.</summary>
    public bool IsPartitioned => Entry.IsSliced;

    /// <summary>Bytes on disk, of all parts together.</summary>
    public long LengthBytes => Parts.Sum(part => part.Entry.Data.LengthBytes);
}
