using System.Collections.Immutable;
using Cairn.Contracts.Models;

namespace Cairn.Contracts.Shards;

/// <summary>What an activation says of itself.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Incarnation">Drawn at random by the activation.</param>
/// <param name="IsAdmitted">False for a fresh activation, which holds nothing.</param>
/// <param name="Generation">The generation of its values.</param>
/// <param name="Epoch">The newest epoch it has confirmed.</param>
/// <param name="ValueInitialised">Whether the value may be read.</param>
/// <param name="ShadowInitialised">Whether the shadow may be read.</param>
/// <param name="DataPlane">The HTTP address of its silo.</param>
/// <param name="Silo">The address of its silo.</param>
/// <param name="Sessions">The sessions it remembers, with the newest step of each.</param>
/// <param name="Variable">The variable that it was admitted for, or null.</param>
[GenerateSerializer, Immutable, Alias("cairn.ShardReport")]
public sealed record ShardReport(
    [property: Id(0)] ShardId Shard,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] bool IsAdmitted,
    [property: Id(3)] long Generation,
    [property: Id(4)] long Epoch,
    [property: Id(5)] bool ValueInitialised,
    [property: Id(6)] bool ShadowInitialised,
    [property: Id(7)] Uri DataPlane,
    [property: Id(8)] SiloAddress Silo,
    [property: Id(9)] ImmutableDictionary<Guid, long> Sessions,
    [property: Id(10)] VariableDefinition? Variable = null);
