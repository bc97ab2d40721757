namespace Cairn.Contracts.Silos;

/// <summary>What the coordinator needs to know of a silo to place shards on it.</summary>
/// <param name="Silo">Its address.</param>
/// <param name="DataPlane">Its HTTP address.</param>
/// <param name="PageBytesMax">How many bytes of pages it may hold.</param>
/// <param name="PageBytesUsed">How many it holds.</param>
/// <param name="IsDraining">Whether it is being stopped, so that it is no place for a shard.</param>
[GenerateSerializer, Immutable, Alias("cairn.SiloDescription")]
public sealed record SiloDescription(
    [property: Id(0)] SiloAddress Silo,
    [property: Id(1)] Uri DataPlane,
    [property: Id(2)] long PageBytesMax,
    [property: Id(3)] long PageBytesUsed,
    [property: Id(4)] bool IsDraining = false);
