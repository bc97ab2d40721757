using System.Collections.Immutable;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>A slice with every axis resolved to numbers within its tensor: where it begins and how long it is.</summary>
/// <param name="Starts">First index on each axis.</param>
/// <param name="Lengths">How many indexes on each axis.</param>
public readonly record struct SliceBox(ImmutableArray<long> Starts, ImmutableArray<long> Lengths)
{
    /// <summary>The number of axes.</summary>
    public int Rank => Starts.Length;

    /// <summary>The number of elements within.</summary>
    public long ElementCount => TensorShape.CountElements(Lengths.AsSpan()) ?? 0;

    /// <summary>Resolves <paramref name="slice"/> in a tensor of shape <paramref name="full"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the ranks differ or the slice leaves the tensor
    /// <paramref name="name"/>.</exception>
    public static SliceBox Resolve(TensorSlice slice, TensorShape full, string name)
    {
        if (!TryResolve(slice, full, out SliceBox box))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"Slice {slice} does not fit in '{name}' of shape {full}.");
        }

        return box;
    }

    /// <summary>Resolves a slice, or returns false when it does not fit the tensor.</summary>
    public static bool TryResolve(TensorSlice slice, TensorShape full, out SliceBox box)
    {
        box = default;
        if (slice.Extents.Length != full.Rank)
        {
            return false;
        }

        ImmutableArray<long>.Builder starts = ImmutableArray.CreateBuilder<long>(full.Rank);
        ImmutableArray<long>.Builder lengths = ImmutableArray.CreateBuilder<long>(full.Rank);
        for (int axis = 0; axis < full.Rank; axis++)
        {
            SliceExtent extent = slice.Extents[axis];
            long length = extent.IsFull ? full[axis] : extent.Length;
            if (extent.Start < 0 || length < 0 || extent.Start > full[axis] - length)
            {
                return false;
            }

            starts.Add(extent.Start);
            lengths.Add(length);
        }

        box = new SliceBox(starts.MoveToImmutable(), lengths.MoveToImmutable());
        return true;
    }

    /// <summary>Whether both boxes cover something together.</summary>
    internal bool Overlaps(SliceBox other)
    {
        for (int axis = 0; axis < Rank; axis++)
        {
            long start = Math.Max(Starts[axis], other.Starts[axis]);
            long end = Math.Min(Starts[axis] + Lengths[axis], other.Starts[axis] + other.Lengths[axis]);
            if (end <= start)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What both boxes cover, or null when that is nothing. A scalar's box covers its one element.</summary>
    public SliceBox? Intersect(SliceBox other)
    {
        ImmutableArray<long>.Builder starts = ImmutableArray.CreateBuilder<long>(Rank);
        ImmutableArray<long>.Builder lengths = ImmutableArray.CreateBuilder<long>(Rank);
        for (int axis = 0; axis < Rank; axis++)
        {
            long start = Math.Max(Starts[axis], other.Starts[axis]);
            long end = Math.Min(Starts[axis] + Lengths[axis], other.Starts[axis] + other.Lengths[axis]);
            if (end <= start)
            {
                return null;
            }

            starts.Add(start);
            lengths.Add(end - start);
        }

        return new SliceBox(starts.MoveToImmutable(), lengths.MoveToImmutable());
    }
}
