using System.Collections.Immutable;

namespace Cairn.Contracts.Shards;

/// <summary>What a shard that is handed over remembers of a session.</summary>
/// <param name="Session">Its incarnation.</param>
/// <param name="Step">Its newest step.</param>
/// <param name="IsFenced">Whether it is refused.</param>
/// <param name="Ordinals">The operations of the step that were applied.</param>
[GenerateSerializer, Immutable, Alias("cairn.ParcelSession")]
public sealed record ParcelSession(
    [property: Id(0)] Guid Session, [property: Id(1)] long Step, [property: Id(2)] bool IsFenced, [property: Id(3)] ImmutableArray<int> Ordinals);
