using System.Collections.Frozen;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;

namespace Cairn.Grains.Coordination.Restoring;

/// <summary>A checkpoint to restore: its index, and what the store says of its data files.</summary>
/// <param name="Prefix">The checkpoint.</param>
/// <param name="Index">Its index.</param>
/// <param name="Files">The data files that are there, by their number.</param>
internal sealed record RestoreSource(CheckpointPrefix Prefix, BundleIndex Index, FrozenDictionary<int, BlobProperties> Files)
{
    /// <summary>The name of data file <paramref name="shardIndex"/>.</summary>
    public string DataName(int shardIndex) => Prefix.DataName(shardIndex, Index.ShardCount);
}
