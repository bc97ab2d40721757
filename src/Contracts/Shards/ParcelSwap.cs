namespace Cairn.Contracts.Shards;

/// <summary>How the generation began at a shard that is handed over, so that a swap that is repeated is known as a repeat there too.</summary>
/// <param name="IsSwapped">Whether it entered the generation by a swap.</param>
/// <param name="Load">The load that it adopted, or null.</param>
/// <param name="IsTouched">Whether it was updated since.</param>
[GenerateSerializer, Immutable, Alias("cairn.ParcelSwap")]
public sealed record ParcelSwap([property: Id(0)] bool IsSwapped, [property: Id(1)] Guid? Load, [property: Id(2)] bool IsTouched);
