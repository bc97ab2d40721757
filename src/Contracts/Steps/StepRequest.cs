namespace Cairn.Contracts.Steps;

/// <summary>Names a step of a session. BeginStep and EndStep are idempotent on (generation, session, step).</summary>
/// <param name="Session">The incarnation of the session.</param>
/// <param name="Generation">The generation the session works in; an older one is refused as stale.</param>
/// <param name="Step">The step's number, above every step of the session that ended.</param>
[GenerateSerializer, Immutable, Alias("cairn.StepRequest")]
public readonly record struct StepRequest([property: Id(0)] Guid Session, [property: Id(1)] long Generation, [property: Id(2)] long Step);
