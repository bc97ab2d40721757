namespace Cairn.Format.ObjectGraphs;

/// <summary>A tensor of a TF2 checkpoint, by the way to its object.</summary>
/// <param name="Path">The shortest way from the root, names joined by <c>/</c> and spelled as in keys (<see cref="ObjectPaths"/>); of a slot
/// <c>VARIABLE/.OPTIMIZER_SLOT/OPTIMIZER/SLOT</c>. Empty for the root itself.</param>
/// <param name="Attribute">Which tensor of the object, its name in the older form of the graph, and its key.</param>
/// <param name="IsSlot">True for what an optimiser keeps beside a variable.</param>
public sealed record ObjectTensor(string Path, ObjectAttribute Attribute, bool IsSlot)
{
    /// <summary>Its key in the bundle.</summary>
    public string Key => Attribute.CheckpointKey;

    /// <summary>True for the value of a variable.</summary>
    public bool IsVariable => Attribute.Name == ObjectAttribute.VariableValue;
}
