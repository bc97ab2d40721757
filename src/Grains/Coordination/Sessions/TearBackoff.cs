using System.Collections.Immutable;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>Keeps a session name that tears its steps from rolling everybody back for ever (PROTOCOL R5): it gets no stamp until a checkpoint is committed that
/// is newer than the one its tear led back to, if others train; alone it waits a second, twice as long after each tear, 5 minutes at most. Pure: the time is
/// given.</summary>
/// <param name="Penalties">The names that tore a step since the base was committed.</param>
internal sealed record TearBackoff(ImmutableDictionary<string, TearPenalty> Penalties)
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(5);

    /// <summary>Nobody has torn anything.</summary>
    public static TearBackoff None { get; } = new(ImmutableDictionary.Create<string, TearPenalty>(StringComparer.Ordinal));

    /// <summary>A name has torn a step, and the model goes back to its base.</summary>
    /// <param name="name">The name.</param>
    /// <param name="baseKey">What tells the base from another; null without one.</param>
    /// <param name="now">The time.</param>
    public TearBackoff Tore(string name, string? baseKey, DateTimeOffset now)
    {
        // Whoever tore under an older base has paid.
        ImmutableDictionary<string, TearPenalty> standing = Penalties.RemoveRange(Penalties.Where(one => one.Value.BaseKey != baseKey).Select(one => one.Key));
        int tears = standing.TryGetValue(name, out TearPenalty? before) ? before.Tears + 1 : 1;
        return new TearBackoff(standing.SetItem(name, new TearPenalty(tears, baseKey, now)));
    }

    /// <summary>What a name has to wait for before its next step, or null when it may begin.</summary>
    /// <param name="name">The name.</param>
    /// <param name="baseKey">What tells the present base from another; null without one.</param>
    /// <param name="othersTrain">Whether others would be rolled back with it, and a checkpoint can be saved for them.</param>
    /// <param name="now">The time.</param>
    public TearWait? Before(string name, string? baseKey, bool othersTrain, DateTimeOffset now)
    {
        if (!Penalties.TryGetValue(name, out TearPenalty? penalty) || penalty.BaseKey != baseKey)
        {
            return null;
        }

        if (othersTrain)
        {
            return new TearWait(penalty.Tears, null);
        }

        TimeSpan left = penalty.TornAt + PauseAfter(penalty.Tears) - now;
        return left > TimeSpan.Zero ? new TearWait(penalty.Tears, left) : null;
    }

    private static TimeSpan PauseAfter(int tears)
    {
        double seconds = PauseMin.TotalSeconds * Math.Pow(2, tears - 1);
        return seconds < PauseMax.TotalSeconds ? TimeSpan.FromSeconds(seconds) : PauseMax;
    }
}
