using Cairn.Contracts.Models;

namespace Cairn.Contracts.Shards;

/// <summary>A shard's word that the cut has ended there, with its state at the cut frozen or spoiled.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Incarnation">Its activation.</param>
/// <param name="ValueInitialised">Whether the frozen version has a value.</param>
/// <param name="ShadowInitialised">Whether it has a shadow.</param>
/// <param name="NumUpdates">The newest n given to an update of the average, or null.</param>
/// <param name="AverageUpdates">How often the average was updated.</param>
/// <param name="Spoiled">Why the state at the cut could not be kept, and nothing was frozen; null when it was.</param>
/// <param name="IsOutOfPages">Whether that is because the silo's pages ran out, so that cutting again would be in vain.</param>
[GenerateSerializer, Immutable, Alias("cairn.SealReceipt")]
public sealed record SealReceipt(
    [property: Id(0)] ShardId Shard,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] bool ValueInitialised,
    [property: Id(3)] bool ShadowInitialised,
    [property: Id(4)] long? NumUpdates,
    [property: Id(5)] long AverageUpdates,
    [property: Id(6)] string? Spoiled = null,
    [property: Id(7)] bool IsOutOfPages = false);
