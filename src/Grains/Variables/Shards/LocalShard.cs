using Cairn.Contracts.Models;

namespace Cairn.Grains.Variables.Shards;

/// <summary>A shard that is in service on this silo.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Incarnation">Its activation.</param>
/// <param name="LengthBytes">The bytes of its value, and of its shadow if there is one.</param>
/// <param name="ElementBytes">The bytes of one element.</param>
public sealed record LocalShard(ShardId Shard, Guid Incarnation, long LengthBytes, int ElementBytes);
