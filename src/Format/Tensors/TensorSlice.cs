using System.Collections.Immutable;

namespace Cairn.Format.Tensors;

/// <summary>One axis of a slice. <see cref="LengthFull"/> (with start 0) means everything along the axis; (0, dim) covers the same but is another
/// key.</summary>
/// <param name="Start">First index, 0 or more.</param>
/// <param name="Length">How many indexes, or <see cref="LengthFull"/>.</param>
public readonly record struct SliceExtent(long Start, long Length)
{
    /// <summary>The length that means the whole axis.</summary>
    public const long LengthFull = -1;

    /// <summary>Everything along the axis.</summary>
    public static SliceExtent Full { get; } = new(0, LengthFull);

    /// <summary>True for the whole axis spelled as such.</summary>
    public bool IsFull => Start == 0 && Length == LengthFull;
}

/// <summary>A hyper-rectangle of a tensor, an extent for each axis. Its identity is its exact spelling, since the key of a stored slice is made from it.
/// Compared by value.</summary>
public sealed class TensorSlice(ImmutableArray<SliceExtent> extents) : IEquatable<TensorSlice>
{
    /// <summary>One extent for each axis, outermost first.</summary>
    public ImmutableArray<SliceExtent> Extents { get; } = extents;

    /// <summary>The slice of all of a tensor of rank <paramref name="rank"/>.</summary>
    public static TensorSlice Full(int rank) => new([.. Enumerable.Repeat(SliceExtent.Full, rank)]);

    /// <summary>Rows <paramref name="start"/> to <paramref name="start"/> + <paramref name="length"/> of axis 0, spelled with explicit numbers on every axis as
    /// TensorFlow's Saver does.</summary>
    public static TensorSlice Rows(TensorShape full, long start, long length) =>
        new([new SliceExtent(start, length), .. full.Dimensions.Skip(1).Select(dimension => new SliceExtent(0, dimension))]);

    /// <summary>The shape of this slice of a tensor of shape <paramref name="full"/>.</summary>
    public TensorShape ShapeIn(TensorShape full) => new([.. Extents.Select((extent, axis) => extent.IsFull ? full[axis] : extent.Length)]);

    /// <inheritdoc/>
    public bool Equals(TensorSlice? other) => other is not null && Extents.AsSpan().SequenceEqual(other.Extents.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorSlice);

    /// <inheritdoc/>
    public override int GetHashCode() => Extents.Aggregate(0, (hash, extent) => HashCode.Combine(hash, extent));

    /// <summary>TensorFlow's spelling: axes joined by a colon, <c>-</c> for a full one, <c>0,2:-</c>.</summary>
    public override string ToString() => string.Join(':', Extents.Select(extent => extent.IsFull ? "-" : $"{extent.Start},{extent.Length}"));
}
