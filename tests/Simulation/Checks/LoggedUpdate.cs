using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;

namespace Cairn.Simulation.Checks;

/// <summary>An update as a trainer wrote it into its log before it sent it.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Kind">What it does.</param>
/// <param name="OffsetBytes">Where the payload begins.</param>
/// <param name="Payload">The payload, or null.</param>
/// <param name="NumUpdates">The count that an update of an average carries, or null.</param>
internal sealed record LoggedUpdate(ShardId Shard, UpdateKind Kind, int OffsetBytes, byte[]? Payload, long? NumUpdates);
