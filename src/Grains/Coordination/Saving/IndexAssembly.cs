using Cairn.Contracts.Silos;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>Makes the index of a checkpoint from the receipts of its data files. Pure.</summary>
internal static class IndexAssembly
{
    /// <summary>The exact bytes of the index, as TensorFlow would write them.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Aborted"/>: a receipt contradicts its ticket.</exception>
    public static byte[] Build(SnapshotProgress progress)
    {
        BundleIndexWriter index = new();
        for (int file = 0; file < progress.Plan.Files.Length; file++)
        {
            PlannedFile planned = progress.Plan.Files[file];
            for (int i = 0; i < planned.Slices.Length; i++)
            {
                Add(index, planned.Slices[i], file, progress.Files[file].Tensors[i]);
            }
        }

        return index.ToBytes(progress.Plan.Files.Length);
    }

    private static void Add(BundleIndexWriter index, PlannedSlice planned, int file, TensorPlace place)
    {
        if (place.LengthBytes != planned.LengthBytes)
        {
            throw new CheckpointException(
                CheckpointError.Aborted,
                $"The data file of {planned.Shard} has {place.LengthBytes} bytes of '{planned.Tensor.Key}', but {planned.LengthBytes} were asked for.");
        }

        DataRange data = DataRange.Of(file, place.OffsetBytes, place.LengthBytes, place.Crc32C);
        if (planned.Slice is { } slice)
        {
            index.AddSlice(planned.Tensor.Key, planned.Tensor.Variable.DType, planned.Tensor.Variable.Shape, slice, data);
        }
        else
        {
            index.AddTensor(planned.Tensor.Key, planned.Tensor.Variable.DType, planned.Tensor.Variable.Shape, data);
        }
    }
}
