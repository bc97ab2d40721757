namespace Cairn.Grains.Coordination.Records;

/// <summary>When a checkpoint was cut. Within a generation, later epochs come later, and within an epoch later cuts.</summary>
/// <param name="Generation">The lineage.</param>
/// <param name="Epoch">The coordinator's epoch.</param>
/// <param name="Cut">The cut's number in the epoch.</param>
internal sealed record SaveStamp(long Generation, long Epoch, long Cut)
{
    /// <summary>True when this is <paramref name="other"/> or before it, both of one generation.</summary>
    public bool IsUpTo(SaveStamp other) => Epoch < other.Epoch || (Epoch == other.Epoch && Cut <= other.Cut);

    /// <summary>True when a step that was stamped with this lies before the cut of <paramref name="other"/>, both of one lineage.</summary>
    public bool IsBefore(SaveStamp other) => Generation < other.Generation || (Generation == other.Generation && IsUpTo(other) && this != other);
}
