namespace Cairn.Grains.Coordination.Commits;

/// <summary>The waits of commits and deletions.</summary>
internal sealed record CommitOptions
{
    /// <summary>How long the data files of an evicted checkpoint stay after its index went, for readers that have it open. Default 0, as in
    /// TensorFlow.</summary>
    public TimeSpan RetentionDelay { get; init; } = TimeSpan.Zero;

    /// <summary>How long after an aborted save its names are looked at once more, for what a silo wrote late. Default 10 min, twice the deadline of a
    /// save.</summary>
    public TimeSpan OrphanDelay { get; init; } = TimeSpan.FromMinutes(10);
}
