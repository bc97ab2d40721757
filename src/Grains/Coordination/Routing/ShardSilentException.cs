using Cairn.Contracts.Models;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Routing;

/// <summary>A shard did not answer an order in time.</summary>
internal sealed class ShardSilentException(ShardId shard, string message, Exception? innerException)
    : CheckpointException(CheckpointError.Aborted, message, innerException)
{
    /// <summary>The shard.</summary>
    public ShardId Shard => shard;
}
