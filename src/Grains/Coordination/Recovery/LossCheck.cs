using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination.Recovery;

/// <summary>Tells from a shard's report whether it still is what the record says. Pure.</summary>
internal sealed class LossCheck
{
    private readonly CoordinatorRecord _record;
    private readonly ShardMap _known;
    private readonly bool _isSettled;
    private readonly Func<Guid, bool> _isRevoked;
    private readonly Dictionary<string, VariableDefinition> _variables;
    private readonly HashSet<(string Variable, TensorPart Part)> _base;

    /// <param name="record">What the coordinator remembers.</param>
    /// <param name="definition">The model.</param>
    /// <param name="known">The activations that were admitted, as far as they are known.</param>
    /// <param name="isSettled">Whether the model was seen whole in its generation. Before that, a shard that was emptied for a base and never got it is
    /// lost.</param>
    /// <param name="isRevoked">Whether an activation was given up because it did not confirm in time.</param>
    public LossCheck(CoordinatorRecord record, ModelDefinition definition, ShardMap known, bool isSettled, Func<Guid, bool> isRevoked)
    {
        (_record, _known, _isSettled, _isRevoked) = (record, known, isSettled, isRevoked);
        _variables = definition.Variables.ToDictionary(variable => variable.Name);
        _base =
        [
            .. from step in record.Base is { } plan ? plan.Subsets.Prepend(plan.Whole) : []
               from tensor in TensorSelection.ForRestore(definition, step.Tensors)
               select (tensor.Variable.Name, tensor.Part),
        ];
    }

    /// <summary>Whether an admitted shard was admitted for another variable than this one.</summary>
    public static bool IsForeign(ShardReport report, VariableDefinition variable) => report.IsAdmitted && report.Variable?.Equals(variable) == false;

    /// <summary>Whether the shard's values are gone.</summary>
    public bool IsLost(ShardReport report) =>
        !report.IsAdmitted
        || report.Generation != _record.Generation
        || _isRevoked(report.Incarnation)
        || IsForeign(report, _variables[report.Shard.Variable])
        || (_known.Places.TryGetValue(report.Shard, out ShardPlace? place) && place.Incarnation != report.Incarnation)
        || (!_isSettled && _record.Held is null && IsEmptied(report));

    private bool IsEmptied(ShardReport report) =>
        _variables[report.Shard.Variable].BytesOf(report.Shard.Index) > 0
        && ((!report.ValueInitialised && _base.Contains((report.Shard.Variable, TensorPart.Value)))
            || (!report.ShadowInitialised && _base.Contains((report.Shard.Variable, TensorPart.Shadow))));
}
