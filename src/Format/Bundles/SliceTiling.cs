using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Whether slices overlap, and whether they cover what is asked for. Source: tensorflow/core/util/tensor_slice_set.cc.</summary>
internal static class SliceTiling
{
    // Over four thousand slices that all share a stretch of every axis; no partitioner cuts so. Less than a second.
    private const long ComparisonsMax = 10_000_000;

    /// <summary>Refuses slices that do not tile the tensor.</summary>
    public static void CheckComplete(string name, TensorShape full, IEnumerable<TensorSlice> slices)
    {
        List<(TensorSlice Slice, SliceBox Box)> boxes = [.. slices.Select(slice => (slice, SliceBox.Resolve(slice, full, name)))];
        if (FindOverlap(boxes) is { } overlap)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"'{name}': {overlap}");
        }

        Int128 covered = 0;
        foreach ((_, SliceBox box) in boxes)
        {
            covered += box.ElementCount;
        }

        if (covered != full.ElementCount)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"The {boxes.Count} slices of '{name}' hold {covered} elements, but its shape {full} has {full.ElementCount}: a slice is missing.");
        }
    }

    /// <summary>TensorFlow's complaint about the first two slices that overlap, or null.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: they are too many to be compared.</exception>
    public static string? FindOverlap(IReadOnlyList<(TensorSlice Slice, SliceBox Box)> slices)
    {
        if (slices.Count < 2 || slices[0].Box.Rank == 0)
        {
            return slices.Count < 2 ? null : Complaint(slices[0].Slice, slices[1].Slice);
        }

        // A sweep along the axis that is cut most: only slices that share a stretch of it are compared.
        int axis = Enumerable.Range(0, slices[0].Box.Rank).MaxBy(candidate => slices.Select(slice => slice.Box.Starts[candidate]).Distinct().Count());
        List<(TensorSlice Slice, SliceBox Box)> open = [];
        long comparisons = 0;
        foreach ((TensorSlice Slice, SliceBox Box) slice in slices.OrderBy(slice => slice.Box.Starts[axis]))
        {
            comparisons += open.Count;
            if (comparisons > ComparisonsMax)
            {
                throw new CheckpointException(
                    CheckpointError.LimitExceeded, $"{slices.Count} slices of one tensor are too many to be compared with each other; partition it into fewer.");
            }

            open.RemoveAll(before => before.Box.Starts[axis] + before.Box.Lengths[axis] <= slice.Box.Starts[axis]);
            foreach ((TensorSlice Slice, SliceBox Box) before in open)
            {
                if (before.Box.Overlaps(slice.Box))
                {
                    return Complaint(before.Slice, slice.Slice);
                }
            }

            open.Add(slice);
        }

        return null;
    }

    private static string Complaint(TensorSlice existing, TensorSlice added) => $"Overlapping slices: existing slice = {existing}, new slice = {added}";
}
