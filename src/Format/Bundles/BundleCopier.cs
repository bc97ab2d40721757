using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Format.Bundles;

/// <summary>Copies a checkpoint: every tensor is read and checked, and the new bundle has the same data files, byte for byte, slices and gaps included,
/// <c>.meta</c> where there is one, and the same index; a compressed one is written anew without compression, as TensorFlow would.
/// Tensors pass through in blocks, so their size does not matter.</summary>
public static class BundleCopier
{
    /// <summary>Copies <paramref name="source"/> to <paramref name="destination"/>. Nothing is visible there before everything was checked.</summary>
    /// <param name="source">What to copy.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work, but not the commit once it has begun.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: a tensor is damaged; nothing was written.
    /// <see cref="CheckpointError.NotFound"/>: a file of the source is missing.
    /// <see cref="CheckpointError.AlreadyExists"/>: the destination is taken.</exception>
    public static async ValueTask<CopiedBundle> CopyAsync(
        BundleLocation source, BundleLocation destination, BundleCopyOptions? options, CancellationToken cancellationToken)
    {
        options ??= new BundleCopyOptions();
        BlobContent indexFile = await BundleIndex.ReadFileAsync(source.Store, source.Prefix, cancellationToken).ConfigureAwait(false);
        BundleIndex index = BundleIndex.Parse(indexFile.Bytes, BundleFiles.Describe(source.Store, source.Prefix.IndexName));
        var publication = new BundlePublication(destination.Store, destination.Prefix, options.Overwrite);
        await publication.CheckIsFreeAsync(cancellationToken).ConfigureAwait(false);
        List<BlockUpload> files = [];
        try
        {
            await StageDataAsync(source, destination, index, files, options.Progress, cancellationToken).ConfigureAwait(false);
            if (await source.Store.TryGetPropertiesAsync(source.Prefix.MetaName, cancellationToken).ConfigureAwait(false) is { } meta)
            {
                var scan = new DataFileScan(source.Store, meta, [], isBigEndian: false);
                await StageAsync(scan, meta, (destination.Store, destination.Prefix.MetaName), files, null, cancellationToken).ConfigureAwait(false);
            }

            // The file itself, not what Cairn would write for it: fields that it does not know stay.
            ReadOnlyMemory<byte> newIndex = index.IsCompressed ? index.ToBytes() : indexFile.Bytes;
            SidecarCopy sidecar = await SidecarCopy.ReadAsync(source, destination.Prefix, newIndex, cancellationToken).ConfigureAwait(false);
            await publication.CommitAsync([.. files.Select(BundlePublication.Staged), .. sidecar.Files(destination)], newIndex).ConfigureAwait(false);
            return new CopiedBundle(index, sidecar.Outcome);
        }
        finally
        {
            foreach (BlockUpload file in files)
            {
                await file.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask StageDataAsync(
        BundleLocation source, BundleLocation destination, BundleIndex index, List<BlockUpload> files, IProgress<long>? progress,
        CancellationToken cancellationToken)
    {
        ILookup<int, BundlePart> shards = index.Tensors.SelectMany(tensor => tensor.Parts).ToLookup(part => part.Entry.Data.ShardIndex);
        for (int shard = 0; shard < index.ShardCount; shard++)
        {
            string name = source.Prefix.DataName(shard, index.ShardCount);
            BlobProperties? file = await source.Store.TryGetPropertiesAsync(name, cancellationToken).ConfigureAwait(false);
            if (file is null)
            {
                // A data file that nothing lies in may be absent, and stays so.
                if (shards[shard].FirstOrDefault() is { } needer)
                {
                    throw BundleFiles.MissingData(source.Store, name, index.ShardCount, needer.ToString());
                }

                continue;
            }

            await BundleFiles.RefuseLfsPointerAsync(source.Store, file, cancellationToken).ConfigureAwait(false);
            var scan = new DataFileScan(source.Store, file, shards[shard], index.IsBigEndian);
            (IBlobStore, string) target = (destination.Store, destination.Prefix.DataName(shard, index.ShardCount));
            await StageAsync(scan, file, target, files, progress, cancellationToken).ConfigureAwait(false);
            if (scan.Faults.Find(fault => fault.Tensor is not null) is { } damage)
            {
                throw CheckpointException.Corrupt(damage.File, damage.OffsetBytes, $"'{damage.Tensor}': {damage.Reason}");
            }
        }
    }

    private static async ValueTask StageAsync(
        DataFileScan scan, BlobProperties file, (IBlobStore Store, string Name) destination, List<BlockUpload> files, IProgress<long>? progress,
        CancellationToken cancellationToken)
    {
        BlockUpload upload = await BlockUpload.BeginSizedAsync(destination.Store, destination.Name, file.LengthBytes, cancellationToken).ConfigureAwait(false);
        files.Add(upload);
        await scan.RunAsync(
            async (block, token) =>
            {
                await upload.WriteAsync(block, token).ConfigureAwait(false);
                progress?.Report(block.Length);
            },
            cancellationToken).ConfigureAwait(false);
        await upload.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
