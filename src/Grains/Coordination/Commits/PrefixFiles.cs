using System.Collections.Immutable;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>The files that stand at a prefix.</summary>
/// <param name="Index">The index, or null.</param>
/// <param name="Others">Data files, <c>.meta</c> and sidecar.</param>
internal sealed record PrefixFiles(BlobETag? Index, ImmutableArray<FileWriting> Others)
{
    /// <summary>What stands under a name; null when nothing does.</summary>
    public BlobETag? Find(string name) => Others.FirstOrDefault(file => file.Name == name)?.ETag;

    /// <summary>Looks at all files of a checkpoint, those of another number of data files included.</summary>
    public static async Task<PrefixFiles> LookAsync(IBlobStore store, CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        BlobETag? index = null;
        ImmutableArray<FileWriting>.Builder others = ImmutableArray.CreateBuilder<FileWriting>();
        await foreach (BlobProperties blob in store.ListAsync(prefix.Value + ".", cancellationToken))
        {
            if (blob.Name == prefix.IndexName)
            {
                index = blob.ETag;
            }
            else if (CheckpointPrefix.TryFileSuffix(blob.Name, out CheckpointPrefix owner, out _) && owner == prefix)
            {
                others.Add(new FileWriting(blob.Name, blob.ETag));
            }
        }

        return new PrefixFiles(index, others.ToImmutable());
    }
}
