namespace Cairn.Contracts.Steps;

/// <summary>Names one update; a shard applies each id once, however often it arrives.</summary>
/// <param name="Session">The incarnation of the session.</param>
/// <param name="Step">The session's step.</param>
/// <param name="Ordinal">The update's number within the step.</param>
[GenerateSerializer, Immutable, Alias("cairn.OperationId")]
public readonly record struct OperationId([property: Id(0)] Guid Session, [property: Id(1)] long Step, [property: Id(2)] int Ordinal);
