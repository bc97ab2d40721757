using System.Collections.Immutable;
using Cairn.Contracts.Models;

namespace Cairn.Contracts.Checkpoints;

/// <summary>How a model stands, for operators.</summary>
/// <param name="Name">The model.</param>
/// <param name="Phase">What its live state is good for.</param>
/// <param name="Generation">The lineage of the live state.</param>
/// <param name="Epoch">The coordinator's epoch.</param>
/// <param name="BasePrefix">The checkpoint that a rollback would go to, or null.</param>
/// <param name="OpenSessions">How many sessions hold a lease.</param>
/// <param name="Operations">Saves and restores under way and the recent ones.</param>
[GenerateSerializer, Immutable, Alias("cairn.ModelStatus")]
public sealed record ModelStatus(
    [property: Id(0)] string Name,
    [property: Id(1)] ModelPhase Phase,
    [property: Id(2)] long Generation,
    [property: Id(3)] long Epoch,
    [property: Id(4)] string? BasePrefix,
    [property: Id(5)] int OpenSessions,
    [property: Id(6)] ImmutableArray<OperationStatus> Operations);
