using System.Collections.Immutable;

namespace Cairn.Format.Checkpoints;

/// <summary>Which checkpoints a saver keeps, by exactly the rules of <c>tf.train.Saver</c>. Pure: values in, values out; times are seconds since
/// 1970.</summary>
/// <remarks>After a save: <see cref="Record"/>, write the state file with <see cref="LastCheckpoints"/>, then <see cref="MaybeDelete"/>, which names at most
/// one checkpoint.</remarks>
public sealed record SaverRetention
{
    private SaverRetention(int maxToKeep, double keepEverySeconds, double nextKeepTime)
    {
        MaxToKeep = maxToKeep;
        KeepEverySeconds = keepEverySeconds;
        NextKeepTime = nextKeepTime;
    }

    /// <summary>How many of the newest are kept; 0 keeps all and keeps track of none.</summary>
    public int MaxToKeep { get; }

    /// <summary>One checkpoint of every so many seconds is kept for ever.</summary>
    public double KeepEverySeconds { get; }

    /// <summary>An evicted checkpoint that was saved after this time is kept for ever.</summary>
    public double NextKeepTime { get; private init; }

    /// <summary>The checkpoints kept for now, oldest first.</summary>
    public ImmutableArray<SavedCheckpoint> Last { get; private init; } = [];

    /// <summary>Those evicted, whose turn to be deleted has not come, oldest first.</summary>
    public ImmutableArray<SavedCheckpoint> Evicted { get; private init; } = [];

    /// <summary>The names for the state file, oldest first.</summary>
    public ImmutableArray<string> LastCheckpoints => [.. Last.Select(saved => saved.Prefix)];

    /// <summary>The retention of a saver that is built at <paramref name="now"/>.</summary>
    /// <param name="maxToKeep">How many are kept; 0 for all.</param>
    /// <param name="keepCheckpointEveryNHours">Over how many hours one is kept for ever.</param>
    /// <param name="now">Seconds since 1970.</param>
    public static SaverRetention Begin(int maxToKeep, double keepCheckpointEveryNHours, double now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxToKeep);
        double seconds = keepCheckpointEveryNHours * 3600;
        return new SaverRetention(maxToKeep, seconds, now + seconds);
    }

    /// <summary>A retention as it was stored: the values of its properties.</summary>
    public static SaverRetention Resume(
        int maxToKeep, double keepEverySeconds, double nextKeepTime, IEnumerable<SavedCheckpoint> last, IEnumerable<SavedCheckpoint> evicted) =>
        new(maxToKeep, keepEverySeconds, nextKeepTime) { Last = [.. last], Evicted = [.. evicted] };

    /// <summary>Takes in a save. One that is saved again moves to the end; at most one is evicted.</summary>
    public SaverRetention Record(string prefix, double now)
    {
        if (MaxToKeep == 0)
        {
            return this;
        }

        ImmutableArray<SavedCheckpoint> last = Last;
        int known = last.ToList().FindIndex(saved => saved.Prefix == prefix);
        last = (known < 0 ? last : last.RemoveAt(known)).Add(new SavedCheckpoint(prefix, now));
        return last.Length > MaxToKeep
            ? this with { Last = last.RemoveAt(0), Evicted = Evicted.Add(last[0]) }
            : this with { Last = last };
    }

    /// <summary>Decides on the oldest evicted checkpoint: it is to be deleted, or kept for ever (null, as when there is none).</summary>
    public (SaverRetention Next, string? Delete) MaybeDelete()
    {
        if (Evicted.IsEmpty)
        {
            return (this, null);
        }

        SavedCheckpoint oldest = Evicted[0];
        SaverRetention next = this with { Evicted = Evicted.RemoveAt(0) };
        return oldest.Time > NextKeepTime
            ? (next with { NextKeepTime = NextKeepTime + KeepEverySeconds }, null)
            : (next, oldest.Prefix);
    }

    /// <summary>Replaces what is kept by checkpoints of unknown time (<c>set_last_checkpoints</c>): each of them is kept for ever when it is evicted.</summary>
    public SaverRetention WithLastCheckpoints(IEnumerable<string> prefixes) =>
        this with { Last = [.. prefixes.Select(prefix => new SavedCheckpoint(prefix, double.PositiveInfinity))] };

    /// <summary>Replaces what is kept by checkpoints that were found, oldest first, each with the time its index was written
    /// (<c>recover_last_checkpoints</c>).</summary>
    public SaverRetention WithRecovered(IEnumerable<SavedCheckpoint> found) => this with { Last = [.. found] };
}
