using Cairn.Contracts.Models;
using Cairn.Format.Tensors;

namespace Cairn.Simulation.Checks;

/// <summary>The model of a story. <c>clock</c> is shared: row i counts the steps of trainer i in its first column, and everybody adds to the second.
/// <c>own-i</c> is assigned by trainer i alone, and has an average.</summary>
internal sealed class ModelLayout
{
    /// <summary>The rows of <c>clock</c>: one for each trainer that a story may have.</summary>
    public const int Rows = 4;

    /// <summary>The name of the shared variable.</summary>
    public const string Clock = "clock";

    public ModelLayout(string name, int clockShards, int owned)
    {
        VariableDefinition clock = new(Clock, TensorDType.Int64, new TensorShape(Rows, 2), clockShards, true, new byte[8], null);
        Definition = new ModelDefinition(
            name,
            [
                clock,
                .. Enumerable.Range(0, owned).Select(i => new VariableDefinition(
                    OwnName(i), TensorDType.Float, new TensorShape(2), 1, true, new byte[4], new AverageDefinition("ExponentialMovingAverage", 0.75f))),
            ]);
        Shards = [.. from variable in Definition.Variables from index in Enumerable.Range(0, variable.ShardCount) select (new ShardId(name, variable.Name, index), variable)];
        ClockShards = [.. Shards.Where(shard => shard.Variable.Name == Clock).Select(shard => shard.Shard)];
    }

    /// <summary>The definition.</summary>
    public ModelDefinition Definition { get; }

    /// <summary>All shards.</summary>
    public (ShardId Shard, VariableDefinition Variable)[] Shards { get; }

    /// <summary>The shards of <c>clock</c>.</summary>
    public ShardId[] ClockShards { get; }

    /// <summary>The name of what trainer <paramref name="index"/> owns.</summary>
    public static string OwnName(int index) => $"own-{index}";

    /// <summary>The variable of a shard.</summary>
    public VariableDefinition Of(ShardId shard) => Array.Find(Shards, each => each.Shard == shard).Variable;

    /// <summary>The shard of what a trainer owns, or null.</summary>
    public ShardId? Own(int trainer) => Array.Find(Shards, each => each.Variable.Name == OwnName(trainer)) is { Variable: not null } own ? own.Shard : null;
}
