using System.Collections.Immutable;

namespace Cairn.Contracts.Shards;

/// <summary>All that a shard is besides its bytes, on its way to another silo. The bytes are pulled over the data plane; the digest covers both.</summary>
/// <param name="HandOver">Drawn for this hand-over of this shard.</param>
/// <param name="Incarnation">The activation that has stopped serving.</param>
/// <param name="Generation">The generation of the values.</param>
/// <param name="Epoch">The newest epoch that it has confirmed.</param>
/// <param name="SealedCut">Its newest sealed cut.</param>
/// <param name="EndedCut">Its newest ended cut.</param>
/// <param name="Swap">How the generation began there.</param>
/// <param name="NumUpdates">The newest n given to an update of the average, or null.</param>
/// <param name="AverageUpdates">How often the average was updated.</param>
/// <param name="Parts">The parts that hold values.</param>
/// <param name="Sessions">The sessions remembered: first those that are open, then the fenced ones, the oldest first.</param>
/// <param name="Digest">SHA-256 over the shard's name and everything above.</param>
[GenerateSerializer, Immutable, Alias("cairn.ShardParcel")]
public sealed record ShardParcel(
    [property: Id(0)] Guid HandOver,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] long Generation,
    [property: Id(3)] long Epoch,
    [property: Id(4)] long SealedCut,
    [property: Id(5)] long EndedCut,
    [property: Id(6)] ParcelSwap Swap,
    [property: Id(7)] long? NumUpdates,
    [property: Id(8)] long AverageUpdates,
    [property: Id(9)] ImmutableArray<ParcelPart> Parts,
    [property: Id(10)] ImmutableArray<ParcelSession> Sessions,
    [property: Id(11)] ImmutableArray<byte> Digest);
