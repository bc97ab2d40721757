using System.Collections.Immutable;
using Cairn.Format.Errors;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Whether boxes of one tensor have no element in common. Compared in the order of the axis that parts them most, so that slices along one axis,
/// which savers write, cost one comparison each.</summary>
internal static class DisjointBoxes
{
    /// <summary>Keeps a plan that is made to be slow from holding a thread for more than about a second.</summary>
    public const long ComparisonsMax = 1L << 26;

    /// <summary>Two boxes, by their places, that have an element in common; null when there are none.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: it takes more than <see cref="ComparisonsMax"/> comparisons to
    /// tell.</exception>
    public static (int First, int Second)? FindOverlap(IReadOnlyList<(ImmutableArray<long> Start, ImmutableArray<long> Shape)> boxes)
    {
        int[] places = [.. Enumerable.Range(0, boxes.Count).Where(place => !boxes[place].Shape.Contains(0))];
        if (places.Length < 2)
        {
            return null;
        }

        int rank = boxes[0].Start.Length;
        if (rank == 0)
        {
            return (places[0], places[1]); // A scalar is one element.
        }

        int axis = Enumerable.Range(0, rank).MaxBy(candidate => places.Select(place => boxes[place].Start[candidate]).Distinct().Count());
        Array.Sort([.. places.Select(place => boxes[place].Start[axis])], places);
        long comparisons = 0;
        for (int i = 0; i < places.Length; i++)
        {
            long end = boxes[places[i]].Start[axis] + boxes[places[i]].Shape[axis];
            for (int j = i + 1; j < places.Length && boxes[places[j]].Start[axis] < end; j++)
            {
                if (++comparisons > ComparisonsMax)
                {
                    throw new CheckpointException(CheckpointError.LimitExceeded,
                        $"{places.Length} slices of one tensor overlap along axis {axis} so much that {ComparisonsMax} comparisons do not tell them " +
                        $"apart. Save it in fewer slices.");
                }

                if (Overlap(boxes[places[i]], boxes[places[j]]))
                {
                    return (places[i], places[j]);
                }
            }
        }

        return null;
    }

    private static bool Overlap((ImmutableArray<long> Start, ImmutableArray<long> Shape) left, (ImmutableArray<long> Start, ImmutableArray<long> Shape) right)
    {
        for (int axis = 0; axis < left.Start.Length; axis++)
        {
            if (left.Start[axis] >= right.Start[axis] + right.Shape[axis] || right.Start[axis] >= left.Start[axis] + left.Shape[axis])
            {
                return false;
            }
        }

        return true;
    }
}
