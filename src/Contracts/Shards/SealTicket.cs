namespace Cairn.Contracts.Shards;

/// <summary>Asks a shard to end a cut: to freeze its state at the cut, or only to let go of it.</summary>
/// <param name="Snapshot">Drawn for this try at the cut; the frozen version is found under it.</param>
/// <param name="Incarnation">The activation that it is meant for.</param>
/// <param name="Generation">The generation that is saved.</param>
/// <param name="Epoch">The coordinator's epoch.</param>
/// <param name="Cut">The cut; stamps before it are refused from now on, duplicates aside.</param>
/// <param name="Keep">Whether the state is kept for a save; false for shards that the save leaves out.</param>
[GenerateSerializer, Immutable, Alias("cairn.SealTicket")]
public sealed record SealTicket(
    [property: Id(0)] Guid Snapshot,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] long Generation,
    [property: Id(3)] long Epoch,
    [property: Id(4)] long Cut,
    [property: Id(5)] bool Keep);
