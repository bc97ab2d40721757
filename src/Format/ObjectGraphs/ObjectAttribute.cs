namespace Cairn.Format.ObjectGraphs;

/// <summary>A tensor that is saved of an object.</summary>
/// <param name="Name">Which: <c>VARIABLE_VALUE</c>, <c>OBJECT_CONFIG_JSON</c>, ...</param>
/// <param name="FullName">The name of the variable in TensorFlow 1 terms, by which name-based savers know it; empty for what is no variable.</param>
/// <param name="CheckpointKey">Its key in the bundle.</param>
public sealed record ObjectAttribute(string Name, string FullName, string CheckpointKey)
{
    /// <summary>The attribute of every variable.</summary>
    public const string VariableValue = "VARIABLE_VALUE";
}
