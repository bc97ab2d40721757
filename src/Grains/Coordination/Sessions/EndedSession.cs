using Cairn.Contracts.Steps;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>A session that is no more. The shards must refuse it before anything else is sealed.</summary>
/// <param name="Incarnation">Its incarnation.</param>
/// <param name="Abandoned">The stamp of the step that it left open, or null; updates of it cannot be undone.</param>
/// <param name="Description">Who it was, for messages.</param>
/// <param name="IsNameless">Whether only the shards remembered it: then its step may have ended.</param>
internal sealed record EndedSession(Guid Incarnation, StepStamp? Abandoned, string Description, bool IsNameless = false)
{
    /// <summary>The step that it left open, or null.</summary>
    public long? AbandonedStep => Abandoned?.Step;
}
