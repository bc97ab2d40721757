using Cairn.Contracts.Models;

namespace Cairn.Grains.Coordination.Naming;

/// <summary>A live tensor and the key that it has in a checkpoint.</summary>
/// <param name="Key">The name in the checkpoint.</param>
/// <param name="Variable">The variable.</param>
/// <param name="Part">Its value or its shadow.</param>
internal sealed record SelectedTensor(string Key, VariableDefinition Variable, TensorPart Part)
{
    /// <summary>The tensor's own name in the model.</summary>
    public string LiveName => Part == TensorPart.Shadow ? Variable.ShadowName! : Variable.Name;
}
