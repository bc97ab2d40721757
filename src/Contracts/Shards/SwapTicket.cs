namespace Cairn.Contracts.Shards;

/// <summary>Asks a shard to put what was loaded for it in the place of its values, as a new generation. Repeating it changes nothing.</summary>
/// <param name="Load">The load whose staged pages are adopted; null leaves the shard as it is (a restore of a subset) or, with <paramref name="Clear"/>,
/// without values.</param>
/// <param name="Incarnation">The activation that it is meant for.</param>
/// <param name="Generation">The new generation.</param>
/// <param name="Epoch">The coordinator's epoch.</param>
/// <param name="Clear">Whether parts that nothing was staged for lose their values (a rollback) or keep them (a restore of a subset).</param>
/// <param name="NumUpdates">The counter of the average that the checkpoint's sidecar names, or null.</param>
/// <param name="AverageUpdates">How often the average had been updated.</param>
/// <param name="EndedCut">The newest cut of the epoch, which has ended: what is stamped with it forks nothing, what is stamped before it is refused.</param>
[GenerateSerializer, Immutable, Alias("cairn.SwapTicket")]
public sealed record SwapTicket(
    [property: Id(0)] Guid? Load,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] long Generation,
    [property: Id(3)] long Epoch,
    [property: Id(4)] bool Clear,
    [property: Id(5)] long? NumUpdates,
    [property: Id(6)] long AverageUpdates,
    [property: Id(7)] long EndedCut);
