using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;

namespace Cairn.Grains.Variables.Shards;

/// <summary>A shard that is in service on this silo, as it was a moment ago.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Incarnation">Its activation.</param>
/// <param name="Generation">The generation of its values.</param>
/// <param name="Epoch">The newest epoch that it has confirmed.</param>
/// <param name="LengthBytes">The bytes of its value, and of its shadow if there is one.</param>
/// <param name="ElementBytes">The bytes of one element.</param>
public sealed record LocalShard(ShardId Shard, Guid Incarnation, long Generation, long Epoch, long LengthBytes, int ElementBytes)
{
    /// <summary>Refuses, without asking the shard, an update that it would refuse for its incarnation, generation or epoch.</summary>
    /// <exception cref="CheckpointException">The shard's refusal.</exception>
    public void RequireCurrent(ShardUpdate update)
    {
        ShardRefusals.RequireIncarnation(Shard, Incarnation, update.Incarnation);
        ShardRefusals.RequireGeneration(Shard, Generation, update.Stamp.Generation);
        ShardRefusals.RequireEpoch(Shard, Epoch, update.Stamp.Epoch);
    }
}
