using Cairn.Contracts.Models;

namespace Cairn.Contracts.Shards;

/// <summary>A shard's word that its state at the cut is frozen.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Incarnation">Its activation.</param>
/// <param name="ValueInitialised">Whether the frozen version has a value.</param>
/// <param name="ShadowInitialised">Whether it has a shadow.</param>
/// <param name="NumUpdates">The newest n given to an update of the average, or null.</param>
/// <param name="AverageUpdates">How often the average was updated.</param>
[GenerateSerializer, Immutable, Alias("cairn.SealReceipt")]
public sealed record SealReceipt(
    [property: Id(0)] ShardId Shard,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] bool ValueInitialised,
    [property: Id(3)] bool ShadowInitialised,
    [property: Id(4)] long? NumUpdates,
    [property: Id(5)] long AverageUpdates);
