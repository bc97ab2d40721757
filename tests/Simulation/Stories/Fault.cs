namespace Cairn.Simulation.Stories;

/// <summary>Something that is done to a story, once.</summary>
/// <param name="Kind">What.</param>
/// <param name="When">When.</param>
/// <param name="Pattern">Which requests or blobs count, or empty for all.</param>
/// <param name="Nth">The how-manieth of them; at a time, the tick.</param>
/// <param name="Pick">Chooses among silos, trainers or shards.</param>
/// <param name="Ticks">How long it lasts, or until what died is started again.</param>
internal sealed record Fault(FaultKind Kind, Moment When, string Pattern, long Nth, int Pick, long Ticks)
{
    /// <inheritdoc/>
    public override string ToString() => When == Moment.Time
        ? $"{Kind} at {TimeSpan.FromTicks(Nth).TotalSeconds:0.00} s"
        : $"{Kind} at {When} {Nth} of '{Pattern}'";
}
