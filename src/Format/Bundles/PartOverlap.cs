using System.Collections.Immutable;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>What a stored part contributes to a slice that is asked for. Source: BundleReader::GetSliceValue of
/// tensorflow/core/util/tensor_bundle/tensor_bundle.cc.</summary>
/// <param name="Part">The stored part.</param>
/// <param name="Box">Where it lies in its tensor.</param>
/// <param name="Region">What of it is wanted.</param>
public sealed record PartOverlap(BundlePart Part, SliceBox Box, SliceBox Region)
{
    /// <summary>The parts of <paramref name="tensor"/> that make up <paramref name="slice"/>: the one that is spelled the same, or all that intersect
    /// it.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: stored slices overlap. <see cref="CheckpointError.InvalidArgument"/>: they
    /// do not cover all that is asked for.</exception>
    public static ImmutableArray<PartOverlap> Find(BundleTensor tensor, TensorSlice slice) =>
        Find(tensor, slice, SliceBox.Resolve(slice, tensor.Shape, tensor.Name));

    internal static ImmutableArray<PartOverlap> Find(BundleTensor tensor, TensorSlice slice, SliceBox want)
    {
        List<(TensorSlice Slice, SliceBox Box)> boxes = [.. tensor.Parts.Select(part => (part.Slice, SliceBox.Resolve(part.Slice, tensor.Shape, tensor.Name)))];
        if (SliceTiling.FindOverlap(boxes) is { } complaint)
        {
            throw new CheckpointException(CheckpointError.Corrupt, $"'{tensor.Name}': {complaint}");
        }

        int same = boxes.FindIndex(candidate => candidate.Slice.Equals(slice));
        if (same >= 0)
        {
            return [new PartOverlap(tensor.Parts[same], boxes[same].Box, boxes[same].Box)];
        }

        ImmutableArray<PartOverlap>.Builder overlaps = ImmutableArray.CreateBuilder<PartOverlap>();
        Int128 covered = 0;
        for (int i = 0; i < boxes.Count; i++)
        {
            if (boxes[i].Box.Intersect(want) is { } region)
            {
                overlaps.Add(new PartOverlap(tensor.Parts[i], boxes[i].Box, region));
                covered += region.ElementCount;
            }
        }

        return covered == want.ElementCount
            ? overlaps.ToImmutable()
            : throw new CheckpointException(
                CheckpointError.InvalidArgument, $"Does not have sufficient slices for partitioned tensor {tensor.Name} to restore in slice_spec: {slice}");
    }
}
