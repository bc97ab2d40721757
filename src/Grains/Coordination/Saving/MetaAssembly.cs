using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Format.Graphs;
using Cairn.Grains.Coordination.Naming;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>Makes the <c>.meta</c> of a checkpoint from the model's definition. Pure.</summary>
internal static class MetaAssembly
{
    /// <summary>The bytes of the MetaGraphDef: all variables of the model, and a saver of those that are saved.</summary>
    public static byte[] Build(ModelDefinition definition, IEnumerable<SelectedTensor> saved, SaveOptions options)
    {
        MetaGraphSaver saver = new()
        {
            MaxToKeep = options.MaxToKeep,
            KeepCheckpointEveryNHours = (float)options.KeepEveryHours,
            Tensors = [.. saved.Select(tensor => new MetaGraphSavedTensor(tensor.Key, tensor.LiveName))],
        };
        return MetaGraphBuilder.Build([.. definition.Variables.Select(ToVariable)], saver);
    }

    private static MetaGraphVariable ToVariable(VariableDefinition variable) => new(variable.Name, variable.DType, variable.Shape)
    {
        Trainable = variable.Trainable,
        PartitionRows = variable.ShardCount == 1 ? [] : [.. Enumerable.Range(0, variable.ShardCount).Select(index => variable.RowsOf(index).Count)],
        InitialElement = variable.InitialElement ?? ReadOnlyMemory<byte>.Empty,
        AverageName = variable.Average?.Name,
    };
}
