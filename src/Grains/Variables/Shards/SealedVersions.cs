using System.Collections.Concurrent;
using Cairn.Contracts.Models;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Shards;

/// <summary>The versions that shards of this silo have frozen for saves. The registry holds their pages until they are taken by a writer or dropped.</summary>
internal sealed class SealedVersions
{
    private readonly ConcurrentDictionary<(Guid Attempt, ShardId Shard, TensorPart Part), Version> _versions = new();

    /// <summary>Enters a frozen part; the registry becomes the holder of <paramref name="run"/>.</summary>
    public void Add(Guid attempt, ShardId shard, TensorPart part, Guid incarnation, PageRun run)
    {
        if (!_versions.TryAdd((attempt, shard, part), new Version(incarnation, run)))
        {
            run.Release();
        }
    }

    /// <summary>Hands the pages of a frozen part to the caller, who releases them; null when it is not, or no longer, frozen by that activation.</summary>
    public PageRun? TryTake(Guid attempt, ShardId shard, TensorPart part, Guid incarnation)
    {
        (Guid, ShardId, TensorPart) key = (attempt, shard, part);
        if (!_versions.TryGetValue(key, out Version? version) || version.Incarnation != incarnation)
        {
            return null;
        }

        return _versions.TryRemove(KeyValuePair.Create(key, version)) ? version.Run : null;
    }

    /// <summary>Lets go of what a shard has frozen for an attempt.</summary>
    public void Drop(Guid attempt, ShardId shard)
    {
        Drop(attempt, shard, TensorPart.Value);
        Drop(attempt, shard, TensorPart.Shadow);
    }

    private void Drop(Guid attempt, ShardId shard, TensorPart part)
    {
        if (_versions.TryRemove((attempt, shard, part), out Version? version))
        {
            version.Run.Release();
        }
    }

    private sealed record Version(Guid Incarnation, PageRun Run);
}
