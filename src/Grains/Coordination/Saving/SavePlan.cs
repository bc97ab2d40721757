using System.Collections.Frozen;
using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>Which silo writes what: one data file for each silo that holds tensors of the save, keys in ascending order inside it, slices of a key in the order
/// of their rows. Pure.</summary>
/// <param name="Tensors">What is saved, in key order.</param>
/// <param name="Files">The data files, in the order of their silos.</param>
internal sealed record SavePlan(ImmutableArray<SelectedTensor> Tensors, ImmutableArray<PlannedFile> Files)
{
    /// <summary>Bytes of all data files.</summary>
    public long LengthBytes => Files.Sum(file => file.LengthBytes);

    /// <summary>Every shard that is saved, once, in the order of the plan.</summary>
    public ImmutableArray<ShardId> Shards { get; } = [.. Files.SelectMany(file => file.Slices).Select(slice => slice.Shard).Distinct()];

    /// <summary>The activation of every shard that is saved.</summary>
    public FrozenDictionary<ShardId, Guid> Incarnations { get; } =
        Files.SelectMany(file => file.Slices).DistinctBy(slice => slice.Shard).ToFrozenDictionary(slice => slice.Shard, slice => slice.Incarnation);

    /// <summary>Makes the plan.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="tensors">What to save, in key order.</param>
    /// <param name="map">Where the shards are.</param>
    public static SavePlan Make(string model, ImmutableArray<SelectedTensor> tensors, ShardMap map)
    {
        IEnumerable<PlannedSlice> slices =
            from tensor in tensors
            from index in Enumerable.Range(0, tensor.Variable.ShardCount)
            let shard = new ShardId(model, tensor.Variable.Name, index)
            select new PlannedSlice(tensor, shard, map[shard].Incarnation);

        return new SavePlan(
            tensors, [.. slices.GroupBy(slice => map[slice.Shard].Silo).OrderBy(group => group.Key).Select(group => new PlannedFile(group.Key, [.. group]))]);
    }
}
