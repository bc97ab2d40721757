namespace Cairn.Grains.Variables.Shards;

/// <summary>The state of a shard at a cut that is open: only steps before the cut change it. Its pages may be taken for the training at any moment, by another
/// shard's turn too; <see cref="SealedVersions"/> keeps these moments apart, and nobody else changes <see cref="IsInUse"/> and
/// <see cref="IsGivenUp"/>.</summary>
internal sealed class CutVersion(TensorVersion tensors)
{
    /// <summary>The state; without values once it was given up.</summary>
    public TensorVersion Tensors => tensors;

    /// <summary>Whether the shard's turn works on it, so that its pages cannot go at this moment.</summary>
    public bool IsInUse { get; set; }

    /// <summary>Whether its pages went, or go when the turn is done with them.</summary>
    public bool IsGivenUp { get; set; }
}
