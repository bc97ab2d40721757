namespace Cairn.Format.Bundles;

/// <summary>Copies a region between two row-major arrays, each of which holds a box of the same tensor.</summary>
internal static class SliceCopy
{
    /// <summary>Copies what lies in <paramref name="region"/>, which both boxes contain.</summary>
    /// <param name="source">The elements of <paramref name="sourceBox"/>.</param>
    /// <param name="sourceBox">Where the source lies in the tensor.</param>
    /// <param name="destination">Receives its part of <paramref name="destinationBox"/>.</param>
    /// <param name="destinationBox">Where the destination lies in the tensor.</param>
    /// <param name="region">What to copy, and how many array items an element of the tensor takes.</param>
    public static void Copy<T>(
        ReadOnlySpan<T> source, SliceBox sourceBox, Span<T> destination, SliceBox destinationBox, (SliceBox Box, int ItemsPerElement) region)
    {
        // Inner axes that are whole on both sides join into one run.
        int axis = region.Box.Rank - 1;
        int run = region.ItemsPerElement;
        for (bool isWhole = true; isWhole && axis >= 0; axis--)
        {
            long length = region.Box.Lengths[axis];
            isWhole = length == sourceBox.Lengths[axis] && length == destinationBox.Lengths[axis];
            run = checked(run * (int)length);
        }

        long[] index = new long[axis + 1];
        do
        {
            int from = (int)Offset(region, index, sourceBox);
            int to = (int)Offset(region, index, destinationBox);
            source.Slice(from, run).CopyTo(destination[to..]);
        }
        while (Advance(index, region.Box));
    }

    /// <summary>Where <paramref name="region"/> begins in the array of <paramref name="box"/>, in elements, if it is one stretch there; null if it is in
    /// pieces.</summary>
    public static long? OffsetOfStretch(SliceBox region, SliceBox box)
    {
        bool isInnerWhole = true;
        for (int axis = box.Rank - 1; axis >= 0; axis--)
        {
            if (!isInnerWhole && region.Lengths[axis] != 1)
            {
                return null;
            }

            isInnerWhole &= region.Lengths[axis] == box.Lengths[axis];
        }

        return Offset((region, 1), new long[box.Rank], box);
    }

    private static long Offset((SliceBox Box, int ItemsPerElement) region, long[] index, SliceBox box)
    {
        long offset = 0;
        for (int axis = 0; axis < box.Rank; axis++)
        {
            long at = region.Box.Starts[axis] - box.Starts[axis] + (axis < index.Length ? index[axis] : 0);
            offset = (offset * box.Lengths[axis]) + at;
        }

        return offset * region.ItemsPerElement;
    }

    private static bool Advance(long[] index, SliceBox box)
    {
        for (int axis = index.Length - 1; axis >= 0; axis--)
        {
            if (++index[axis] < box.Lengths[axis])
            {
                return true;
            }

            index[axis] = 0;
        }

        return false;
    }
}
