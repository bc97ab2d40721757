using Cairn.Contracts.Models;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Shards;

/// <summary>What loads have staged on this silo for its shards, held until the load is dropped: a swap may be repeated.</summary>
internal sealed class StagedLoads
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, List<StagedPart>> _loads = [];

    /// <summary>Enters a load that is complete; the registry becomes the holder of its runs.</summary>
    public void Add(Guid load, IEnumerable<StagedPart> parts)
    {
        lock (_lock)
        {
            _loads.Add(load, [.. parts]);
        }
    }

    /// <summary>What is staged for one activation, retained for the caller; null when nothing is.</summary>
    public (PageRun? Value, PageRun? Shadow)? TryGet(Guid load, ShardId shard, Guid incarnation)
    {
        lock (_lock)
        {
            if (!_loads.TryGetValue(load, out List<StagedPart>? parts))
            {
                return null;
            }

            PageRun? value = parts.Find(part => part.Shard == shard && part.Incarnation == incarnation && part.Part == TensorPart.Value)?.Run;
            PageRun? shadow = parts.Find(part => part.Shard == shard && part.Incarnation == incarnation && part.Part == TensorPart.Shadow)?.Run;
            return value is null && shadow is null ? null : (value?.Retain(), shadow?.Retain());
        }
    }

    /// <summary>Lets go of a load.</summary>
    public void Drop(Guid load)
    {
        lock (_lock)
        {
            if (_loads.Remove(load, out List<StagedPart>? parts))
            {
                parts.ForEach(part => part.Run.Release());
            }
        }
    }
}
