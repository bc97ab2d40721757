namespace Cairn.Grains.Coordination.Records;

/// <summary>A step that was given up before it ended.</summary>
/// <param name="Session">The session's name, or its incarnation where the name is not known.</param>
/// <param name="Incarnation">The incarnation of its process.</param>
/// <param name="Step">The step.</param>
/// <param name="Stamp">What it was stamped with: if some of its updates were done, they are in every checkpoint of a later cut.</param>
internal sealed record AbandonedStep(string Session, Guid Incarnation, long Step, SaveStamp Stamp)
{
    /// <summary>How many torn ones a lineage may accept, and how many may be undecided: each is in the record, accepted ones in every later sidecar.</summary>
    public const int CountMax = 1000;

    /// <summary>Whether it is the same step, whatever it is called or was stamped with.</summary>
    public bool IsSame(AbandonedStep other) => Incarnation == other.Incarnation && Step == other.Step;
}
