using System.Collections.Immutable;

namespace Cairn.Format.ObjectGraphs;

/// <summary>One object of the graph that a TF2 checkpoint was saved from.</summary>
/// <param name="Children">The objects that it refers to; several may refer to one, in circles too.</param>
/// <param name="Attributes">What is saved of the object itself; a variable has one.</param>
/// <param name="Slots">Of an optimiser: the variables that it keeps beside those that it trains.</param>
public sealed record ObjectNode(ImmutableArray<ObjectChild> Children, ImmutableArray<ObjectAttribute> Attributes, ImmutableArray<ObjectSlot> Slots);
