using System.Collections.Immutable;
using Cairn.Format.Checkpoints;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Retention;

/// <summary>What a saver keeps after a save, by the rules of <c>tf.train.Saver</c>, less what may not be deleted. Pure.</summary>
internal static class RetentionRules
{
    /// <summary>The state file that the attempt's saver shall write.</summary>
    public static CheckpointState StateAfter(CoordinatorRecord record, SaveAttempt attempt, AttemptSaver saver) => CheckpointState.Record(
        CheckpointPaths.DirectoryOf(attempt.Checkpoint.Folder),
        attempt.Prefix,
        Recorded(record, attempt, saver).LastCheckpoints,
        latestFileName: saver.StateFile);

    /// <summary>The checkpoint that is to be deleted once the attempt is committed, or null.</summary>
    public static string? Evicted(CoordinatorRecord record, SaveAttempt attempt) =>
        attempt.Saver is { } saver && Recorded(record, attempt, saver).MaybeDelete().Delete is { } evicted && !IsProtected(record, attempt, evicted)
            ? evicted
            : null;

    /// <summary>The record with what the attempt's saver keeps once it is committed. One that writes no state file keeps track of nothing, as in
    /// TensorFlow.</summary>
    /// <param name="record">The record.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="deleted">The checkpoint that is being deleted for it, or null.</param>
    public static CoordinatorRecord Remember(CoordinatorRecord record, SaveAttempt attempt, string? deleted)
    {
        if (attempt.Saver is not { } saver)
        {
            return record;
        }

        SaverRetention recorded = Recorded(record, attempt, saver);
        (SaverRetention next, string? evicted) = recorded.MaybeDelete();

        // One that may not go now keeps its place in the queue, and is thought of again at the next save.
        SaverRetention kept = evicted == deleted ? next : recorded;
        ImmutableArray<KeptCheckpoint> evictedYet = [.. PinnedOf(record, HistoryOf(record, attempt, saver)), .. Kept(kept.Evicted)];
        var history = new SaverHistory(attempt.Checkpoint.Folder, saver.StateFile, kept.NextKeepTime, Kept(kept.Last), evictedYet);
        return record with { Savers = record.Savers.RemoveAll(known => known.StateName == history.StateName).Add(history) };
    }

    private static bool IsProtected(CoordinatorRecord record, SaveAttempt attempt, string prefix)
    {
        // The base as it will be: this attempt, if it is whole.
        bool isOfTheBase = !attempt.IsWhole && record.Base?.Has(prefix) == true;
        IEnumerable<string> listed = record.Savers
            .Where(saver => saver.StateName != attempt.Checkpoint.Folder + attempt.Saver?.StateFile)
            .SelectMany(saver => saver.Last.Select(kept => kept.Prefix));
        return isOfTheBase || listed.Append(attempt.Prefix).Concat(record.Pins).Contains(prefix);
    }

    private static SaverRetention Recorded(CoordinatorRecord record, SaveAttempt attempt, AttemptSaver saver)
    {
        double now = Seconds(attempt.SavedAt ?? throw new InvalidOperationException($"Attempt {attempt.Id} has no time yet."));
        SaverHistory? history = HistoryOf(record, attempt, saver);
        SaverRetention before = history is null
            ? SaverRetention.Begin(saver.MaxToKeep, saver.KeepEveryHours, now)
            : SaverRetention.Resume(saver.MaxToKeep, saver.KeepEveryHours * 3600, history.NextKeepTime, Saved(history.Last), Saved(UnpinnedOf(record, history)));
        return before.Record(attempt.Prefix, now);
    }

    private static SaverHistory? HistoryOf(CoordinatorRecord record, SaveAttempt attempt, AttemptSaver saver) =>
        record.Savers.FirstOrDefault(known => known.StateName == attempt.Checkpoint.Folder + saver.StateFile);

    // Pinned ones step out of the queue, so that they do not hold up those behind them, and come back to its head when they are unpinned.
    private static IEnumerable<KeptCheckpoint> PinnedOf(CoordinatorRecord record, SaverHistory? history) =>
        history is null ? [] : history.Evicted.Where(one => record.Pins.Contains(one.Prefix));

    private static IEnumerable<KeptCheckpoint> UnpinnedOf(CoordinatorRecord record, SaverHistory history) =>
        history.Evicted.Where(one => !record.Pins.Contains(one.Prefix));

    private static IEnumerable<SavedCheckpoint> Saved(IEnumerable<KeptCheckpoint> kept) => kept.Select(one => new SavedCheckpoint(one.Prefix, one.Time));

    private static ImmutableArray<KeptCheckpoint> Kept(ImmutableArray<SavedCheckpoint> saved) =>
        [.. saved.Select(one => new KeptCheckpoint(one.Prefix, one.Time))];

    private static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;
}
