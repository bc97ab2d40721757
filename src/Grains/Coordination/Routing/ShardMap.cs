using System.Collections.Immutable;
using Cairn.Contracts.Models;

namespace Cairn.Grains.Coordination.Routing;

/// <summary>Where every shard of a model is served.</summary>
internal sealed record ShardMap(ImmutableDictionary<ShardId, ShardPlace> Places)
{
    /// <summary>A map without shards.</summary>
    public static ShardMap Empty { get; } = new(ImmutableDictionary<ShardId, ShardPlace>.Empty);

    /// <summary>The place of <paramref name="shard"/>.</summary>
    public ShardPlace this[ShardId shard] => Places[shard];

    /// <summary>All shards of a definition, in the order of its variables and their shard indexes.</summary>
    public static IEnumerable<(ShardId Shard, VariableDefinition Variable)> ShardsOf(ModelDefinition definition) =>
        from variable in definition.Variables
        from index in Enumerable.Range(0, variable.ShardCount)
        select (new ShardId(definition.Name, variable.Name, index), variable);

    /// <summary>The routes that clients are told, in the definition's order.</summary>
    public ImmutableArray<ShardRoute> Routes(ModelDefinition definition) =>
    [
        .. from shard in ShardsOf(definition)
           where Places.ContainsKey(shard.Shard)
           let place = Places[shard.Shard]
           select new ShardRoute(shard.Shard, place.Incarnation, place.DataPlane),
    ];
}
