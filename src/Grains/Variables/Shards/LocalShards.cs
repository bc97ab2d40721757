using System.Collections.Concurrent;
using Cairn.Contracts.Models;

namespace Cairn.Grains.Variables.Shards;

/// <summary>The shards in service on this silo. Grains enter and remove themselves; the data plane asks before it receives a byte.</summary>
internal sealed class LocalShards
{
    private readonly ConcurrentDictionary<ShardId, LocalShard> _shards = new();

    /// <summary>The shard, or null when it is not in service here.</summary>
    public LocalShard? Find(ShardId shard) => _shards.GetValueOrDefault(shard);

    /// <summary>The models that have shards in service here, in the order of their names.</summary>
    public IReadOnlyList<string> Models => [.. _shards.Keys.Select(shard => shard.Model).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Enters a shard that was admitted.</summary>
    public void Add(LocalShard shard) => _shards[shard.Shard] = shard;

    /// <summary>Removes a shard, unless a newer activation has taken its place.</summary>
    public void Remove(LocalShard shard) => _shards.TryRemove(KeyValuePair.Create(shard.Shard, shard));
}
