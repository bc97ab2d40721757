namespace Cairn.Contracts.Steps;

/// <summary>Says when an update belongs: given out by BeginStep, carried by every update and read of the step.</summary>
/// <param name="Generation">The lineage of the live state.</param>
/// <param name="Epoch">The coordinator's epoch.</param>
/// <param name="Cut">The step lies wholly before cut Cut + 1 and wholly after cut Cut.</param>
/// <param name="Step">The session's own number of the step.</param>
[GenerateSerializer, Immutable, Alias("cairn.StepStamp")]
public readonly record struct StepStamp(
    [property: Id(0)] long Generation,
    [property: Id(1)] long Epoch,
    [property: Id(2)] long Cut,
    [property: Id(3)] long Step);
