using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;

namespace Cairn.Grains.Variables.Shards;

/// <summary>What the data plane of a shard's own silo asks of its grain; never called from elsewhere.</summary>
[Alias("cairn.IShardLeases")]
internal interface IShardLeases : IGrainWithStringKey
{
    /// <summary>Leaves the present version of a part under <paramref name="lease"/> in <see cref="SiloShards.Leases"/>, for a reader of the range.</summary>
    [Alias("Lease")]
    Task LeaseAsync(ShardRead read, Guid lease);

    /// <summary>Leaves a part that is handed over under <paramref name="lease"/>, for the silo that fetches it.</summary>
    [Alias("LeaseParcel")]
    Task LeaseParcelAsync(Guid handOver, TensorPart part, Guid lease);
}
