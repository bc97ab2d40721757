namespace Cairn.Contracts.Checkpoints;

/// <summary>A committed checkpoint in a folder.</summary>
/// <param name="Prefix">Its prefix in the store.</param>
/// <param name="CommittedAt">When its index was written.</param>
/// <param name="IsLatest">Whether the state file names it as the latest.</param>
/// <param name="IsPinned">Whether it is kept until it is unpinned.</param>
[GenerateSerializer, Immutable, Alias("cairn.CheckpointSummary")]
public sealed record CheckpointSummary(
    [property: Id(0)] string Prefix,
    [property: Id(1)] DateTimeOffset CommittedAt,
    [property: Id(2)] bool IsLatest,
    [property: Id(3)] bool IsPinned = false);
