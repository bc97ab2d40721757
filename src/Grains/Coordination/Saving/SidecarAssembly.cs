using System.Collections.Immutable;
using System.Security.Cryptography;
using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Bundles;
using Cairn.Format.Checksums;
using Cairn.Format.Sidecars;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>Makes the sidecar of a checkpoint: where in the life of the model it was cut, and what its files must be. Pure.</summary>
internal static class SidecarAssembly
{
    /// <summary>The bytes of the sidecar.</summary>
    /// <param name="attempt">The attempt, with the stamp that is saved.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="globalStep">The step that the prefix is numbered with, or null.</param>
    /// <param name="progress">The receipts.</param>
    /// <param name="index">The bytes of the index.</param>
    public static byte[] Build(SaveAttempt attempt, string model, long? globalStep, SnapshotProgress progress, ReadOnlySpan<byte> index) => new Sidecar(
        Sidecar.FormatVersionCurrent,
        model,
        attempt.Id,
        attempt.Stamp.Generation,
        attempt.Stamp.Epoch,
        attempt.Stamp.Cut,
        globalStep,
        progress.Sessions,
        [.. TearRules.Before(progress.Tears, attempt.Stamp).Select(tear => new SidecarTornStep(tear.Session, tear.Incarnation, tear.Step))],
        Averages(model, progress),
        Shards(progress),
        Convert.ToHexStringLower(SHA256.HashData(index)),
        Digests(attempt, progress)).ToUtf8();

    private static ImmutableArray<SidecarDigest> Digests(SaveAttempt attempt, SnapshotProgress progress)
    {
        CheckpointPrefix local = new(attempt.Checkpoint.FileName);
        return [.. progress.Files.Select(file => new SidecarDigest(local.DataName(file.Key, progress.Plan.Files.Length), file.Value.LengthBytes, null))];
    }

    private static ImmutableArray<SidecarAverage> Averages(string model, SnapshotProgress progress) =>
    [
        .. from tensor in progress.Plan.Tensors
           where tensor.Part == TensorPart.Shadow
           let average = tensor.Variable.Average!
           let seals = Enumerable.Range(0, tensor.Variable.ShardCount).Select(index => progress.Seals[new ShardId(model, tensor.Variable.Name, index)])
           let updates = seals.Select(seal => seal.AverageUpdates).Max()
           select new SidecarAverage(tensor.Variable.Name, average.Name, average.Decay, seals.Select(seal => seal.NumUpdates).Max(), updates),
    ];

    private static ImmutableArray<SidecarShard> Shards(SnapshotProgress progress) =>
    [
        .. from file in progress.Files
           from entry in progress.Plan.Files[file.Key].Slices.Zip(file.Value.Tensors)
           select ToShard(entry.First, file.Key, entry.Second),
    ];

    private static SidecarShard ToShard(PlannedSlice slice, int file, TensorPlace place)
    {
        (long start, long count) = slice.Tensor.Variable.RowsOf(slice.Shard.Index);
        return new SidecarShard(
            slice.Tensor.Key,
            slice.Shard.Index,
            slice.Tensor.Variable.ShardCount,
            start,
            count,
            file,
            place.OffsetBytes,
            place.LengthBytes,
            Crc32C.Mask(place.Crc32C));
    }
}
