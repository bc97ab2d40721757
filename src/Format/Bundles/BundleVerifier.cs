using System.Runtime.CompilerServices;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Tables;

namespace Cairn.Format.Bundles;

/// <summary>Finds everything that is wrong with a bundle. Strict: one changed byte anywhere in the index or a data file is found, in padding, in gaps and after
/// the last tensor too.</summary>
public static class BundleVerifier
{
    /// <summary>All faults, with the defaults; see <see cref="VerifyAsync(IBlobStore, CheckpointPrefix, BundleVerifyOptions, CancellationToken)"/>.</summary>
    public static IAsyncEnumerable<BundleFault> VerifyAsync(IBlobStore store, CheckpointPrefix prefix, CancellationToken cancellationToken) =>
        VerifyAsync(store, prefix, null, cancellationToken);

    /// <summary>All faults, file by file: the index, then the data files in order. None means that every block and tensor is as it was written.</summary>
    /// <param name="store">Where the bundle is.</param>
    /// <param name="prefix">Its name.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is no such checkpoint. <see cref="CheckpointError.Unsupported"/>: it
    /// is a V1 checkpoint or a newer version, or the index is a Git LFS pointer.</exception>
    public static async IAsyncEnumerable<BundleFault> VerifyAsync(
        IBlobStore store, CheckpointPrefix prefix, BundleVerifyOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        options ??= new BundleVerifyOptions();
        BlobContent content = await BundleIndex.ReadFileAsync(store, prefix, cancellationToken).ConfigureAwait(false);
        string indexFile = BundleFiles.Describe(store, prefix.IndexName);
        (BundleIndex? index, List<BundleFault> faults) = VerifyIndex(content.Bytes, indexFile);
        foreach (BundleFault fault in faults)
        {
            yield return fault;
        }

        if (index is not null)
        {
            await foreach (BundleFault fault in VerifyDataAsync(store, prefix, index, options, cancellationToken).ConfigureAwait(false))
            {
                yield return fault;
            }
        }
    }

    /// <summary>Checks every byte of an index, as <see cref="VerifyAsync(IBlobStore, CheckpointPrefix, BundleVerifyOptions, CancellationToken)"/> does.</summary>
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

    private static async IAsyncEnumerable<BundleFault> VerifyDataAsync(
        IBlobStore store, CheckpointPrefix prefix, BundleIndex index, BundleVerifyOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using SemaphoreSlim room = new(options.Parallelism);
        List<Task<List<BundleFault>>> work = [];
        try
        {
            ILookup<int, BundlePart> shards = index.Tensors.SelectMany(tensor => tensor.Parts).ToLookup(part => part.Entry.Data.ShardIndex);
            for (int shard = 0; shard < index.ShardCount; shard++)
            {
                string name = prefix.DataName(shard, index.ShardCount);
                (BlobProperties? file, List<BundleFault> missing) =
                    await FindShardAsync(store, name, index, shards[shard], cancellationToken).ConfigureAwait(false);
                work.AddRange(file is null
                    ? [Task.FromResult(missing)]
                    : DataStretch.Cut(file, shards[shard]).Select(stretch => Task.Run(() => ScanAsync(stretch), CancellationToken.None)));
            }

            foreach (Task<List<BundleFault>> stretch in work)
            {
                foreach (BundleFault fault in await stretch.ConfigureAwait(false))
                {
                    yield return fault;
                }
            }
        }
        finally
        {
            // Who stops listening stops the rest, and waits until nothing reads any more.
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll((IEnumerable<Task>)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<List<BundleFault>> ScanAsync(DataStretch stretch)
        {
            await room.WaitAsync(stop.Token).ConfigureAwait(false);
            try
            {
                var scan = new DataFileScan(store, stretch, index.IsBigEndian);
                await scan.RunAsync(
                    (block, _) =>
                    {
                        options.Progress?.Report(block.Length);
                        return ValueTask.CompletedTask;
                    },
                    stop.Token).ConfigureAwait(false);
                return scan.Faults;
            }
            finally
            {
                room.Release();
            }
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

    /// <summary>The data file; or, where it cannot be read, null and the fault, if it is one.</summary>
    private static async ValueTask<(BlobProperties? File, List<BundleFault> Faults)> FindShardAsync(
        IBlobStore store, string name, BundleIndex index, IEnumerable<BundlePart> parts, CancellationToken cancellationToken)
    {
        BlobProperties? file = await store.TryGetPropertiesAsync(name, cancellationToken).ConfigureAwait(false);
        if (file is null)
        {
            // A data file that nothing lies in is never opened by a reader.
            return parts.FirstOrDefault() is { } needer
                ? (null, [new BundleFault(
                    BundleFiles.Describe(store, name), 0, null, BundleFiles.MissingData(store, name, index.ShardCount, needer.ToString()).Message)])
                : (null, []);
        }

        try
        {
            await BundleFiles.RefuseLfsPointerAsync(store, file, cancellationToken).ConfigureAwait(false);
            return (file, []);
        }
        catch (CheckpointException fault) when (fault.Error == CheckpointError.Unsupported)
        {
            return (null, [new BundleFault(BundleFiles.Describe(store, name), 0, null, GitLfsPointer.Reason)]);
        }
    }
}
