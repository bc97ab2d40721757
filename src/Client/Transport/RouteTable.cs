using System.Collections.Frozen;
using Cairn.Contracts.Models;

namespace Cairn.Client.Transport;

/// <summary>Where the shards of one model were when the coordinator was last asked. Immutable; replaced whole.</summary>
internal sealed class RouteTable(ModelDescription description)
{
    private readonly FrozenDictionary<ShardId, ShardRoute> _routes = description.Routes.ToFrozenDictionary(route => route.Shard);

    /// <summary>What the coordinator said.</summary>
    public ModelDescription Description { get; } = description;

    /// <summary>The route of a shard.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.TryAgain"/>: the coordinator has none at the moment.</exception>
    public ShardRoute Find(ShardId shard) => _routes.TryGetValue(shard, out ShardRoute? route)
        ? route
        : throw new CheckpointException(CheckpointError.TryAgain,
            $"Model '{shard.Model}' has no route to shard {shard.Index} of variable '{shard.Variable}' at the moment.");
}
