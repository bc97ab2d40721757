using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Records;

/// <summary>How a state is loaded again: a whole checkpoint, then what was restored over it, in order.</summary>
/// <param name="Whole">The checkpoint that holds every tensor of the model.</param>
/// <param name="Subsets">Restores of some tensors since.</param>
internal sealed record RestorePlan(RestorePlanStep Whole, ImmutableArray<RestorePlanStep> Subsets)
{
    /// <summary>How many restores of some tensors may lie over a whole checkpoint: each is one more checkpoint that a rollback reads.</summary>
    public const int SubsetsMax = 100;

    /// <summary>How many tensors they may name together, so that a save always finds room in the record.</summary>
    public const int BindingsMax = 8000;

    /// <summary>The steps that are in part in what it loads.</summary>
    public ImmutableArray<AbandonedStep> Tears => [.. Whole.Tears.Concat(Subsets.SelectMany(step => step.Tears)).Distinct()];

    /// <summary>Whether a rollback reads the checkpoint.</summary>
    public bool Has(string prefix) => Whole.Prefix == prefix || Subsets.Any(step => step.Prefix == prefix);

    /// <summary>The plan with one more restore over it, without those whose every tensor a later one brings.</summary>
    /// <param name="subset">What was restored.</param>
    /// <param name="model">The model's name, for the message.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: too many are left.</exception>
    public RestorePlan Add(RestorePlanStep subset, string model)
    {
        HashSet<(string, TensorPart)> taken = [];
        List<RestorePlanStep> kept = [];
        foreach (RestorePlanStep step in Subsets.Add(subset).Reverse())
        {
            if (step.Tensors.IsEmpty || step.Tensors.Count(tensor => taken.Add((tensor.Variable, tensor.Part))) > 0)
            {
                kept.Add(step);
            }
        }

        kept.Reverse();
        int bindings = kept.Sum(step => step.Tensors.Length);
        return kept.Count <= SubsetsMax && bindings <= BindingsMax
            ? this with { Subsets = [.. kept] }
            : throw new CheckpointException(
                CheckpointError.LimitExceeded,
                $"{kept.Count} restores of {bindings} tensors would lie over the whole checkpoint '{Whole.Prefix}' of model '{model}', {SubsetsMax} of "
                    + $"{BindingsMax} at most: save everything, then restore '{subset.Prefix}', or fewer tensors of it.");
    }
}
