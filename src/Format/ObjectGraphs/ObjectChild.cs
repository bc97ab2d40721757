namespace Cairn.Format.ObjectGraphs;

/// <summary>An edge of the object graph.</summary>
/// <param name="NodeId">The place of the child in <see cref="ObjectGraph.Nodes"/>.</param>
/// <param name="LocalName">What the parent calls it: the name of the Python attribute, or a number in a list.</param>
public readonly record struct ObjectChild(int NodeId, string LocalName);
