using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Format.Bundles;

/// <summary>Makes staged files visible in the one right order: data files, <c>.meta</c>, and last the index, by which the checkpoint exists.</summary>
internal sealed class BundlePublication(IBlobStore store, CheckpointPrefix prefix, bool overwrite)
{
    private readonly List<(string Name, BlobETag ETag)> _written = [];

    /// <summary>Makes one file visible under a condition; null if that did not hold.</summary>
    public delegate ValueTask<BlobETag?> Publish(BlobCondition condition);

    private BlobCondition Condition => overwrite ? BlobCondition.None : BlobCondition.IfAbsent;

    /// <summary>Refuses a prefix that is taken, unless it may be replaced. Asked before any work, and held again by conditions at the end.</summary>
    public async ValueTask CheckIsFreeAsync(CancellationToken cancellationToken)
    {
        if (!overwrite && await store.TryGetPropertiesAsync(prefix.IndexName, cancellationToken).ConfigureAwait(false) is not null)
        {
            throw Taken(prefix.IndexName, "a checkpoint of this name exists");
        }
    }

    /// <summary>Publishes staged files. Not cancelled half-way. After a fault, what this call made visible is deleted again as far as possible.</summary>
    public ValueTask CommitAsync(IEnumerable<BlockUpload> files, ReadOnlyMemory<byte> index) =>
        CommitAsync(files.Select(Staged), index);

    /// <summary>A file whose blocks are all staged.</summary>
    public static (string Name, Publish Publish) Staged(BlockUpload file) => (file.Name, condition => file.TryCommitAsync(condition, CancellationToken.None));

    /// <summary>Publishes files, each by its own means.</summary>
    public async ValueTask CommitAsync(IEnumerable<(string Name, Publish Publish)> files, ReadOnlyMemory<byte> index)
    {
        (string Name, Publish Publish)[] all = [.. files];
        try
        {
            if (overwrite)
            {
                await ClearAsync([.. all.Select(file => file.Name)]).ConfigureAwait(false);
            }

            foreach ((string name, Publish publish) in all)
            {
                BlobETag? etag = await publish(Condition).ConfigureAwait(false);
                _written.Add((name, etag ?? throw Taken(name, "it was left by a save that was not finished, or another writer is at work")));
            }

            if (await store.TryWriteAsync(prefix.IndexName, index, Condition, CancellationToken.None).ConfigureAwait(false) is null)
            {
                throw Taken(prefix.IndexName, "another writer has just made it");
            }
        }
        catch
        {
            await TakeBackAsync().ConfigureAwait(false);
            throw;
        }
    }

    // The index first, so that there is no mixture. What described the replaced checkpoint goes with it.
    private async ValueTask ClearAsync(HashSet<string> replaced)
    {
        await store.DeleteAsync(prefix.IndexName, null, CancellationToken.None).ConfigureAwait(false);
        foreach (string beside in (string[])[prefix.MetaName, prefix.SidecarName])
        {
            if (!replaced.Contains(beside))
            {
                await store.DeleteAsync(beside, null, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask TakeBackAsync()
    {
        foreach ((string name, BlobETag etag) in _written)
        {
            try
            {
                await store.DeleteAsync(name, etag, CancellationToken.None).ConfigureAwait(false);
            }
            catch (CheckpointException)
            {
                // The fault that is being reported is the one that matters; without an index the file is no checkpoint.
            }
        }
    }

    private CheckpointException Taken(string name, string why) =>
        new(CheckpointError.AlreadyExists, $"'{BundleFiles.Describe(store, name)}' exists already: {why}. Choose another prefix, or say overwrite.");
}
