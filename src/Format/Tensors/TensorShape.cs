using System.Collections.Immutable;

namespace Cairn.Format.Tensors;

/// <summary>A fully known shape. A scalar has rank 0; a dimension may be 0. Compared by value.</summary>
public sealed class TensorShape : IEquatable<TensorShape>
{
    /// <summary>The highest rank accepted, TensorFlow's own limit (TensorShape::MaxDimensions).</summary>
    public const int RankMax = 254;

    /// <summary>Makes a shape of <paramref name="dimensions"/>, outermost first.</summary>
    /// <exception cref="ArgumentException">A dimension is negative, the rank is over <see cref="RankMax"/>, or the element count is over 2^63 - 1.</exception>
    public TensorShape(params ReadOnlySpan<long> dimensions)
    {
        if (dimensions.Length > RankMax)
        {
            throw new ArgumentException($"A shape of rank {dimensions.Length} is over the limit of {RankMax}.", nameof(dimensions));
        }

        Dimensions = [.. dimensions];
        ElementCount = CountElements(dimensions) ?? throw new ArgumentException(
            $"Shape [{string.Join(',', Dimensions)}] has a negative dimension or too many elements.", nameof(dimensions));
    }

    /// <summary>The shape of a scalar.</summary>
    public static TensorShape Scalar { get; } = new();

    /// <summary>Sizes, outermost first.</summary>
    public ImmutableArray<long> Dimensions { get; }

    /// <summary>The number of dimensions.</summary>
    public int Rank => Dimensions.Length;

    /// <summary>The product of the dimensions; 1 for a scalar.</summary>
    public long ElementCount { get; }

    /// <summary>The size of dimension <paramref name="axis"/>.</summary>
    public long this[int axis] => Dimensions[axis];

    /// <summary>The element count of <paramref name="dimensions"/>, or null when one is negative or the product overflows.</summary>
    public static long? CountElements(ReadOnlySpan<long> dimensions)
    {
        long count = 1;
        bool empty = false;
        foreach (long dimension in dimensions)
        {
            if (dimension < 0)
            {
                return null;
            }

            if (dimension == 0)
            {
                empty = true;
                continue;
            }

            if (count > long.MaxValue / dimension)
            {
                return null;
            }

            count *= dimension;
        }

        return empty ? 0 : count;
    }

    /// <inheritdoc/>
    public bool Equals(TensorShape? other) => other is not null && Dimensions.AsSpan().SequenceEqual(other.Dimensions.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorShape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (long dimension in Dimensions)
        {
            hash.Add(dimension);
        }

        return hash.ToHashCode();
    }

    /// <summary>TensorFlow's spelling: <c>[2,3]</c>, <c>[]</c> for a scalar.</summary>
    public override string ToString() => $"[{string.Join(',', Dimensions)}]";
}
