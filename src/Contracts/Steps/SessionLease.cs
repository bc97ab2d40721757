namespace Cairn.Contracts.Steps;

/// <summary>A session that is open: one training process connected to a model.</summary>
/// <param name="Name">The name the process gave, unique in the model, such as <c>worker-3</c>.</param>
/// <param name="Incarnation">Drawn by the process when it opened the session; a restarted process has another.</param>
/// <param name="Generation">The generation the session works in.</param>
/// <param name="LastEndedStep">The newest step of this name that ended, or -1.</param>
/// <param name="Duration">How long the lease lasts from each renewal.</param>
[GenerateSerializer, Immutable, Alias("cairn.SessionLease")]
public sealed record SessionLease(
    [property: Id(0)] string Name,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] long Generation,
    [property: Id(3)] long LastEndedStep,
    [property: Id(4)] TimeSpan Duration);
