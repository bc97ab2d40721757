namespace Cairn.Contracts.Shards;

/// <summary>Asks a shard to freeze its present version as the state at a cut.</summary>
/// <param name="Attempt">The save that wants it; the frozen version is found under it.</param>
/// <param name="Incarnation">The activation that it is meant for.</param>
/// <param name="Generation">The generation that is saved.</param>
/// <param name="Epoch">The coordinator's epoch.</param>
/// <param name="Cut">The cut; stamps before it are refused from now on, duplicates aside.</param>
[GenerateSerializer, Immutable, Alias("cairn.SealTicket")]
public sealed record SealTicket(
    [property: Id(0)] Guid Attempt,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] long Generation,
    [property: Id(3)] long Epoch,
    [property: Id(4)] long Cut);
