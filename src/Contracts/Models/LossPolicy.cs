namespace Cairn.Contracts.Models;

/// <summary>What happens when shards of a model are lost: with their silo, or because they do not answer.</summary>
public enum LossPolicy
{
    /// <summary>The model is rolled back to its last checkpoint, as a new generation.</summary>
    Rollback = 0,

    /// <summary>A new generation begins without values (<see cref="ModelPhase.Unloaded"/>), and waits for somebody to restore a checkpoint or to initialise the
    /// variables.</summary>
    Hold = 1,
}
