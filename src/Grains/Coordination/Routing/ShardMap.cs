using System.Collections.Frozen;
using System.Collections.Immutable;
using Cairn.Contracts.Models;

namespace Cairn.Grains.Coordination.Routing;

/// <summary>Where every shard of a model is served.</summary>
/// <param name="Shards">All of them, in the order of the definition: what is told to all is told in this order.</param>
/// <param name="Places">Where each is.</param>
internal sealed record ShardMap(ImmutableArray<ShardId> Shards, IReadOnlyDictionary<ShardId, ShardPlace> Places)
{
    /// <summary>Makes a map.</summary>
    /// <param name="places">Where each shard is, in the order of the definition.</param>
    public static ShardMap Of(IEnumerable<KeyValuePair<ShardId, ShardPlace>> places)
    {
        KeyValuePair<ShardId, ShardPlace>[] ordered = [.. places];
        return new ShardMap([.. ordered.Select(place => place.Key)], ordered.ToFrozenDictionary());
    }

    /// <summary>A map without shards.</summary>
    public static ShardMap Empty { get; } = new([], FrozenDictionary<ShardId, ShardPlace>.Empty);

    /// <summary>The silos that shards are on, in the order of their addresses.</summary>
    public ImmutableArray<SiloAddress> Silos { get; } = [.. Places.Values.Select(place => place.Silo).Distinct().Order()];

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
