using System.Runtime.CompilerServices;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Tables;

namespace Cairn.Format.Bundles;

/// <summary>Finds everything that is wrong with a bundle. Strict: one changed byte anywhere in the index or a data file is found, in padding, in gaps and after
/// the last tensor too.</summary>
public static class BundleVerifier
{
    /// <summary>All faults, file by file: the index, then the data files in order. None means that every block and tensor is as it was written.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is no such checkpoint. <see cref="CheckpointError.Unsupported"/>: it
    /// is a V1 checkpoint or a newer version, or the index is a Git LFS pointer.</exception>
    public static async IAsyncEnumerable<BundleFault> VerifyAsync(
        IBlobStore store, CheckpointPrefix prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobContent content = await BundleIndex.ReadFileAsync(store, prefix, cancellationToken).ConfigureAwait(false);
        string indexFile = BundleFiles.Describe(store, prefix.IndexName);
        (BundleIndex? index, List<BundleFault> faults) = VerifyIndex(content.Bytes, indexFile);
        foreach (BundleFault fault in faults)
        {
            yield return fault;
        }

        if (index is null)
        {
            yield break;
        }

        ILookup<int, BundlePart> shards = index.Tensors.SelectMany(tensor => tensor.Parts).ToLookup(part => part.Entry.Data.ShardIndex);
        for (int shard = 0; shard < index.ShardCount; shard++)
        {
            string name = prefix.DataName(shard, index.ShardCount);
            foreach (BundleFault fault in await VerifyShardAsync(store, name, index, shards[shard], cancellationToken).ConfigureAwait(false))
            {
                yield return fault;
            }
        }
    }

    /// <summary>Checks every byte of an index, as <see cref="VerifyAsync"/> does.</summary>
    /// <param name="index">All its bytes.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: the first fault.</exception>
    public static void RequireSoundIndex(ReadOnlyMemory<byte> index, string file)
    {
        if (VerifyIndex(index, file).Faults is [{ } first, ..])
        {
            throw CheckpointException.Corrupt(file, first.OffsetBytes, first.Reason);
        }
    }

    private static (BundleIndex? Index, List<BundleFault> Faults) VerifyIndex(ReadOnlyMemory<byte> bytes, string file)
    {
        if (GitLfsPointer.Is(bytes.Span))
        {
            throw GitLfsPointer.Refusal(file);
        }

        var table = new TableVerifier(bytes, file);
        table.Run();
        List<BundleFault> faults = [.. table.Faults.Select(fault => new BundleFault(file, fault.OffsetBytes, null, fault.Reason))];
        try
        {
            // With blocks missing, what is left may still make sense, and its tensors can be looked at.
            BundleIndex index = BundleIndexParser.Parse(table.Entries, file);
            faults.AddRange(index.Tensors.Where(tensor => tensor.IsPartitioned).Select(tensor => VerifySlices(tensor, file)).OfType<BundleFault>());
            return (index, faults);
        }
        catch (CheckpointException fault) when (fault.Error == CheckpointError.Corrupt)
        {
            if (faults.Count == 0)
            {
                faults.Add(new BundleFault(file, fault.DamageOffsetBytes ?? 0, null, fault.DamageReason ?? fault.Message));
            }

            return (null, faults);
        }
    }

    private static BundleFault? VerifySlices(BundleTensor tensor, string file)
    {
        try
        {
            SliceTiling.CheckComplete(tensor.Name, tensor.Shape, tensor.Parts.Select(part => part.Slice));
            return null;
        }
        catch (CheckpointException fault)
        {
            return new BundleFault(file, 0, tensor.Name, fault.Message);
        }
    }

    private static async ValueTask<List<BundleFault>> VerifyShardAsync(
        IBlobStore store, string name, BundleIndex index, IEnumerable<BundlePart> parts, CancellationToken cancellationToken)
    {
        BlobProperties? file = await store.TryGetPropertiesAsync(name, cancellationToken).ConfigureAwait(false);
        if (file is null)
        {
            // A data file that nothing lies in is never opened by a reader.
            return parts.FirstOrDefault() is { } needer
                ? [new BundleFault(
                    BundleFiles.Describe(store, name), 0, null, BundleFiles.MissingData(store, name, index.ShardCount, needer.ToString()).Message)]
                : [];
        }

        try
        {
            await BundleFiles.RefuseLfsPointerAsync(store, file, cancellationToken).ConfigureAwait(false);
        }
        catch (CheckpointException fault) when (fault.Error == CheckpointError.Unsupported)
        {
            return [new BundleFault(BundleFiles.Describe(store, name), 0, null, GitLfsPointer.Reason)];
        }

        var scan = new DataFileScan(store, file, parts, index.IsBigEndian);
        await scan.RunAsync(sink: null, cancellationToken).ConfigureAwait(false);
        return scan.Faults;
    }
}
