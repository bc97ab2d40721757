using Cairn.Contracts.Steps;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>What the coordinator knows of a session.</summary>
/// <param name="Name">Its name; null for one that only the shards remember, after a change of coordinator, until it comes back.</param>
/// <param name="Incarnation">Its incarnation.</param>
/// <param name="Ended">How far it has come.</param>
/// <param name="OpenStep">The stamp of the step that is open, or null.</param>
/// <param name="StepOpenedAt">When that step was opened.</param>
/// <param name="ExpiresAt">When the lease runs out.</param>
/// <param name="IsQuiet">Whether nobody opens the name again.</param>
internal sealed record SessionEntry(
    string? Name, Guid Incarnation, EndedStep Ended, StepStamp? OpenStep, DateTimeOffset StepOpenedAt, DateTimeOffset ExpiresAt, bool IsQuiet = false)
{
    /// <summary>The newest step that ended, or -1.</summary>
    public long LastEndedStep => Ended.Step;

    /// <summary>The name, or the incarnation of one that has no name here.</summary>
    public override string ToString() => Name is null ? Incarnation.ToString() : $"'{Name}'";
}
