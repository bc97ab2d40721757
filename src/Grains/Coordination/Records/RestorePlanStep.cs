using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;

namespace Cairn.Grains.Coordination.Records;

/// <summary>One checkpoint of a restore plan.</summary>
/// <param name="Prefix">Its prefix in the store.</param>
/// <param name="IndexSha256">The SHA-256 of its index, lower-case hex: another checkpoint of the same name is not it.</param>
/// <param name="Tensors">Which key goes into which tensor; empty means every tensor from its own name.</param>
/// <param name="Stamp">When it was cut, or null when Cairn did not write it.</param>
/// <param name="Tears">The steps that are in it in part.</param>
internal sealed record RestorePlanStep(
    string Prefix, string IndexSha256, ImmutableArray<TensorBinding> Tensors, SaveStamp? Stamp, ImmutableArray<AbandonedStep> Tears);
