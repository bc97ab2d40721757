namespace Cairn.Format.ObjectGraphs;

/// <summary>A variable that an optimiser keeps beside one that it trains.</summary>
/// <param name="VariableNodeId">The variable that is trained, by its place in <see cref="ObjectGraph.Nodes"/>.</param>
/// <param name="SlotName">Which slot: <c>m</c>, <c>v</c>, <c>momentum</c>, ...</param>
/// <param name="SlotNodeId">The slot's own node.</param>
public readonly record struct ObjectSlot(int VariableNodeId, string SlotName, int SlotNodeId);
