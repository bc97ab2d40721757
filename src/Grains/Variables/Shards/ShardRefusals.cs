using Cairn.Contracts.Models;
using Cairn.Format.Errors;

namespace Cairn.Grains.Variables.Shards;

/// <summary>Refuses what was meant for another activation, generation or epoch of a shard.</summary>
internal static class ShardRefusals
{
    /// <exception cref="CheckpointException"><see cref="CheckpointError.TryAgain"/>: it is another activation.</exception>
    public static void RequireIncarnation(ShardId shard, Guid incarnation, Guid meant)
    {
        if (meant != incarnation)
        {
            throw new CheckpointException(CheckpointError.TryAgain,
                $"Shard '{shard}' is the activation {incarnation}, not {meant}. Ask the coordinator for the routes again.");
        }
    }

    /// <exception cref="CheckpointException"><see cref="CheckpointError.StaleGeneration"/> for an older one,
    /// <see cref="CheckpointError.TryAgain"/> for a newer one.</exception>
    public static void RequireGeneration(ShardId shard, long generation, long meant)
    {
        RefuseOlderGeneration(shard, generation, meant);
        if (meant > generation)
        {
            throw new CheckpointException(CheckpointError.TryAgain,
                $"Shard '{shard}' is in generation {generation} and has not swapped to {meant} yet. Try again.");
        }
    }

    /// <exception cref="CheckpointException"><see cref="CheckpointError.StaleGeneration"/>: it is over.</exception>
    public static void RefuseOlderGeneration(ShardId shard, long generation, long meant)
    {
        if (meant < generation)
        {
            throw new CheckpointException(CheckpointError.StaleGeneration,
                $"Shard '{shard}' is in generation {generation}: a restore has ended generation {meant}. Join the model again.");
        }
    }

    /// <exception cref="CheckpointException"><see cref="CheckpointError.Superseded"/> for an older one,
    /// <see cref="CheckpointError.TryAgain"/> for a newer one.</exception>
    public static void RequireEpoch(ShardId shard, long epoch, long meant)
    {
        RefuseOlderEpoch(shard, epoch, meant);
        if (meant > epoch)
        {
            throw new CheckpointException(CheckpointError.TryAgain, $"Shard '{shard}' is in epoch {epoch} and has not confirmed {meant} yet. Try again.");
        }
    }

    /// <exception cref="CheckpointException"><see cref="CheckpointError.Superseded"/>: its coordinator is.</exception>
    public static void RefuseOlderEpoch(ShardId shard, long epoch, long meant)
    {
        if (meant < epoch)
        {
            throw new CheckpointException(CheckpointError.Superseded, $"Shard '{shard}' follows the coordinator of epoch {epoch}; epoch {meant} is over.");
        }
    }
}
