using System.Collections.Concurrent;
using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Grains;

namespace Cairn.Silo.DataPlane;

/// <summary>Where the shards are that are not here, by the word of their coordinators, remembered
/// briefly: a client with an old route asks once for each shard.</summary>
internal sealed class ShardOwners(IGrainFactory grains, IDataPlaneAddress self, TimeProvider time)
{
    private const int ModelsMax = 256; // A job has one model; more at once are strangers trying names.

    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, (Task<Dictionary<ShardId, Uri>> Routes, long Since)> _models = new(StringComparer.Ordinal);

    /// <summary>The address of the silo that serves a shard.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is no such model, or no
    /// such shard in it. <see cref="CheckpointError.TryAgain"/>: it is being placed.</exception>
    public async Task<Uri> FindAsync(ShardId shard, CancellationToken cancellationToken)
    {
        Dictionary<ShardId, Uri> routes = await RoutesOf(shard.Model).WaitAsync(cancellationToken);
        if (!routes.TryGetValue(shard, out Uri? owner))
        {
            throw new CheckpointException(CheckpointError.NotFound, $"Model '{shard.Model}' has no shard {shard.Index} of a variable '{shard.Variable}'.");
        }

        return owner != self.Current
            ? owner
            : throw new CheckpointException(CheckpointError.TryAgain, $"Shard '{shard}' belongs on this silo and is not in service yet. Try again.");
    }

    private Task<Dictionary<ShardId, Uri>> RoutesOf(string model)
    {
        if (_models.TryGetValue(model, out (Task<Dictionary<ShardId, Uri>> Routes, long Since) known) && time.GetElapsedTime(known.Since) < Freshness)
        {
            return known.Routes;
        }

        if (_models.Count >= ModelsMax)
        {
            _models.Clear();
        }

        Task<Dictionary<ShardId, Uri>> routes = AskAsync(model);
        _models[model] = (routes, time.GetTimestamp());
        return routes;
    }

    private async Task<Dictionary<ShardId, Uri>> AskAsync(string model)
    {
        ModelDescription description = await grains.GetGrain<ICheckpointCoordinatorGrain>(model).DescribeAsync();
        return description.Routes.ToDictionary(route => route.Shard, route => route.DataPlane);
    }
}
