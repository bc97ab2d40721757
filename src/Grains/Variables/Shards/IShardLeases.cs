using Cairn.Contracts.Shards;

namespace Cairn.Grains.Variables.Shards;

/// <summary>What the data plane of a shard's own silo asks of its grain; never called from elsewhere.</summary>
[Alias("cairn.IShardLeases")]
internal interface IShardLeases : IGrainWithStringKey
{
    /// <summary>Leaves the present version of a part under <paramref name="lease"/> in <see cref="SiloShards.Leases"/>, for a reader of the range.</summary>
    [Alias("Lease")]
    Task LeaseAsync(ShardRead read, Guid lease);
}
