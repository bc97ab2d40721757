namespace Cairn.Grains.Coordination.Routing;

/// <summary>Which activation serves a shard, and where.</summary>
/// <param name="Incarnation">The activation that was admitted.</param>
/// <param name="Silo">Its silo.</param>
/// <param name="DataPlane">The silo's HTTP address.</param>
internal sealed record ShardPlace(Guid Incarnation, SiloAddress Silo, Uri DataPlane);
