namespace Cairn.Format.Bundles;

/// <summary>In which order stored parts are passed over to give a slice of their tensor row by row. The runs of each part come in its own order, so that every part
/// can be read once, forwards, however the tensor is cut. Pure.</summary>
/// <param name="overlaps">The parts that make up what is wanted; they do not overlap and leave no gap.</param>
/// <param name="want">What is wanted.</param>
internal sealed class SliceRuns(IReadOnlyList<PartOverlap> overlaps, SliceBox want)
{
    private readonly long[] _position = [.. want.Starts];

    /// <summary>All runs, in row-major order of what is wanted.</summary>
    public IEnumerable<SliceRun> Enumerate() =>
        overlaps.Count == 0 ? [] : want.Rank == 0 ? [new SliceRun(0, 0, 1)] : Walk(0, [.. Enumerable.Range(0, overlaps.Count)]);

    /// <summary>The runs below the position that the outer axes stand at.</summary>
    private IEnumerable<SliceRun> Walk(int axis, int[] candidates)
    {
        long[] cuts = [.. candidates
            .SelectMany(number => (long[])[overlaps[number].Region.Starts[axis], overlaps[number].Region.Starts[axis] + overlaps[number].Region.Lengths[axis]])
            .Distinct().Order()];
        for (int cut = 0; cut + 1 < cuts.Length; cut++)
        {
            (long start, long end) = (cuts[cut], cuts[cut + 1]);
            int[] within = Array.FindAll(candidates, number => Covers(overlaps[number].Region, axis, start));
            if (within.Length == 1 && (axis == want.Rank - 1 || IsInnerWhole(overlaps[within[0]], axis)))
            {
                _position[axis] = start;
                yield return new SliceRun(within[0], OffsetOf(overlaps[within[0]].Box, axis), (end - start) * InnerCount(axis));
                continue;
            }

            for (long at = start; at < end; at++)
            {
                _position[axis] = at;
                foreach (SliceRun run in Walk(axis + 1, within))
                {
                    yield return run;
                }
            }
        }
    }

    private static bool Covers(SliceBox region, int axis, long at) => at >= region.Starts[axis] && at < region.Starts[axis] + region.Lengths[axis];

    // Rows follow one another in the part only if the part is no wider than what is wanted.
    private bool IsInnerWhole(PartOverlap overlap, int axis)
    {
        for (int inner = axis + 1; inner < want.Rank; inner++)
        {
            if (overlap.Box.Lengths[inner] != want.Lengths[inner] || overlap.Region.Lengths[inner] != want.Lengths[inner])
            {
                return false;
            }
        }

        return true;
    }

    private long InnerCount(int axis)
    {
        long count = 1;
        for (int inner = axis + 1; inner < want.Rank; inner++)
        {
            count *= want.Lengths[inner];
        }

        return count;
    }

    private long OffsetOf(SliceBox box, int axisLast)
    {
        long offset = 0;
        for (int axis = 0; axis < box.Rank; axis++)
        {
            long at = axis <= axisLast ? _position[axis] : want.Starts[axis];
            offset = (offset * box.Lengths[axis]) + at - box.Starts[axis];
        }

        return offset;
    }
}
