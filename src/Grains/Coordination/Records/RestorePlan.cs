using System.Collections.Immutable;

namespace Cairn.Grains.Coordination.Records;

/// <summary>How a state is loaded again: a whole checkpoint, then what was restored over it, in order.</summary>
/// <param name="Whole">The checkpoint that holds every tensor of the model.</param>
/// <param name="Subsets">Restores of some tensors since.</param>
internal sealed record RestorePlan(RestorePlanStep Whole, ImmutableArray<RestorePlanStep> Subsets);
