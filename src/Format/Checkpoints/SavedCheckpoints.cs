using System.Collections.Immutable;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;

namespace Cairn.Format.Checkpoints;

/// <summary>What <c>tf.train</c> asks of checkpoints by their prefix: whether they exist, when they were written, and that they go.</summary>
public static class SavedCheckpoints
{
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;

    /// <summary>Whether a checkpoint exists (<c>checkpoint_exists</c>): its index does, or it is a V1 checkpoint, which is one file.</summary>
    public static async ValueTask<bool> ExistsAsync(IBlobStore store, CheckpointPrefix prefix, CancellationToken cancellationToken) =>
        await TryFindAsync(store, prefix, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>When checkpoints were written (<c>get_checkpoint_mtimes</c>), in seconds since 1970 and in their order; those that do not exist are left
    /// out.</summary>
    public static async ValueTask<ImmutableArray<SavedCheckpoint>> ModifiedTimesAsync(
        IBlobStore store, IEnumerable<CheckpointPrefix> prefixes, CancellationToken cancellationToken)
    {
        ImmutableArray<SavedCheckpoint>.Builder found = ImmutableArray.CreateBuilder<SavedCheckpoint>();
        foreach (CheckpointPrefix prefix in prefixes)
        {
            if (await TryFindAsync(store, prefix, cancellationToken).ConfigureAwait(false) is { } file)
            {
                found.Add(new SavedCheckpoint(prefix.Value, (file.LastModified - Epoch).TotalSeconds));
            }
        }

        return found.ToImmutable();
    }

    /// <summary>The retention of a saver that goes on with checkpoints of an earlier one (<c>recover_last_checkpoints</c>): those that exist, each with the time
    /// its index was written.</summary>
    public static async ValueTask<SaverRetention> RecoverAsync(
        IBlobStore store, SaverRetention retention, IEnumerable<CheckpointPrefix> prefixes, CancellationToken cancellationToken) =>
        retention.WithRecovered(await ModifiedTimesAsync(store, prefixes, cancellationToken).ConfigureAwait(false));

    /// <summary>Removes a checkpoint (<c>remove_checkpoint</c>): its index first, so that what is left after a crash is no checkpoint, then its data files and
    /// what lies beside them. Files that are missing are passed over.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="prefix">Its name.</param>
    /// <param name="removesMeta">Removes the <c>.meta</c> file too, as a Saver does; a CheckpointManager leaves it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many files are gone. Data files of any number go, and those of an older save under the same prefix.</returns>
    public static async ValueTask<int> RemoveAsync(IBlobStore store, CheckpointPrefix prefix, bool removesMeta, CancellationToken cancellationToken)
    {
        List<string> names = [prefix.IndexName, prefix.SidecarName];
        if (removesMeta)
        {
            names.Add(prefix.MetaName);
        }

        await foreach (BlobProperties blob in store.ListAsync(prefix.Value + ".data-", cancellationToken).ConfigureAwait(false))
        {
            if (CheckpointPrefix.TryFileSuffix(blob.Name, out CheckpointPrefix owner, out string suffix) && owner == prefix && CheckpointPrefix.IsData(suffix))
            {
                names.Add(blob.Name);
            }
        }

        int removed = 0;
        foreach (string name in names)
        {
            removed += await store.DeleteAsync(name, null, cancellationToken).ConfigureAwait(false) == BlobDeletion.Deleted ? 1 : 0;
        }

        return removed;
    }

    private static async ValueTask<BlobProperties?> TryFindAsync(IBlobStore store, CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        if (await store.TryGetPropertiesAsync(prefix.IndexName, cancellationToken).ConfigureAwait(false) is { } index)
        {
            return index;
        }

        bool canBeFile = prefix.FileName.Length > 0;
        return canBeFile && await store.TryGetPropertiesAsync(prefix.Value, cancellationToken).ConfigureAwait(false) is { } file
            && await BundleFiles.IsTableAsync(store, file, cancellationToken).ConfigureAwait(false)
                ? file
                : null;
    }
}
