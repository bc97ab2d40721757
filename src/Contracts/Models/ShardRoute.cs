namespace Cairn.Contracts.Models;

/// <summary>Where a shard is served.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Incarnation">The activation that the coordinator admitted; a request for another one is refused.</param>
/// <param name="DataPlane">The HTTP address of the silo that holds it, such as <c>http://127.0.0.1:5310</c>.</param>
[GenerateSerializer, Immutable, Alias("cairn.ShardRoute")]
public sealed record ShardRoute([property: Id(0)] ShardId Shard, [property: Id(1)] Guid Incarnation, [property: Id(2)] Uri DataPlane);
