using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;

namespace Cairn.Contracts.Silos;

/// <summary>Asks a silo to fetch the bytes of a shard that is handed over to it, and to hold them for the activation that will be the shard.</summary>
/// <param name="HandOver">The hand-over; it names the work and what is held.</param>
/// <param name="Shard">The shard.</param>
/// <param name="Incarnation">The activation that has stopped serving.</param>
/// <param name="Source">The HTTP address of its silo.</param>
/// <param name="Parts">What to fetch; it must have these digests.</param>
[GenerateSerializer, Immutable, Alias("cairn.PullTicket")]
public sealed record PullTicket(
    [property: Id(0)] Guid HandOver,
    [property: Id(1)] ShardId Shard,
    [property: Id(2)] Guid Incarnation,
    [property: Id(3)] Uri Source,
    [property: Id(4)] ImmutableArray<ParcelPart> Parts);
