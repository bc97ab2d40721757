using System.Collections.Immutable;
using Cairn.Format.Errors;

namespace Cairn.Format.Checkpoints;

/// <summary>Which checkpoints a <c>tf.train.CheckpointManager</c> keeps, by exactly its rules. Pure: values in, values out; times are seconds since
/// 1970.</summary>
/// <remarks>After a save: <see cref="Record"/>, write the state file (<see cref="ToState"/>), <see cref="Sweep"/>, delete what it names, write the state file
/// again. Source: tensorflow/python/training/checkpoint_management.py.</remarks>
public sealed record ManagerRetention
{
    private ManagerRetention(int? maxToKeep, double? keepEverySeconds)
    {
        MaxToKeep = maxToKeep;
        KeepEverySeconds = keepEverySeconds;
    }

    /// <summary>How many of the newest are kept; null keeps all.</summary>
    public int? MaxToKeep { get; }

    /// <summary>One checkpoint of every so many seconds is kept for ever; null for none.</summary>
    public double? KeepEverySeconds { get; }

    /// <summary>When the newest checkpoint was saved that is kept for ever; before the first, just before the manager began.</summary>
    public double LastPreservedTimestamp { get; private init; }

    /// <summary>The newest checkpoint, or null.</summary>
    public string? Latest { get; private init; }

    /// <summary>The checkpoints that are kept for now, oldest first. Those kept for ever, and those that another saver wrote, are not among them.</summary>
    public ImmutableArray<SavedCheckpoint> Managed { get; private init; } = [];

    /// <summary>True when the stored state was later than the clock: it was set back, and what was managed before is not deleted any more.</summary>
    public bool HasClockGoneBack { get; private init; }

    /// <summary>The names for the state file, oldest first.</summary>
    public ImmutableArray<string> Checkpoints => [.. Managed.Select(saved => saved.Prefix)];

    /// <summary>Begins to manage a folder.</summary>
    /// <param name="maxToKeep">How many of the newest are kept; null for all.</param>
    /// <param name="keepCheckpointEveryNHours">Over how many hours one is kept for ever; null for none.</param>
    /// <param name="state">The state file of the folder with its paths as they will be given to <see cref="Record"/>, or null if there is none. One that has no
    /// times (a Saver's) names checkpoints that are not managed.</param>
    /// <param name="now">Seconds since 1970.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: <paramref name="maxToKeep"/> is no positive number, or the state has
    /// not one time for each path.</exception>
    public static ManagerRetention Begin(int? maxToKeep, double? keepCheckpointEveryNHours, CheckpointState? state, double now)
    {
        if (maxToKeep <= 0)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"Expected a positive integer or `None` for `max_to_keep`, got {maxToKeep}.");
        }

        // Zero hours are none, as in Python.
        double? seconds = keepCheckpointEveryNHours is { } hours and not 0 ? hours * 3600 : null;
        var empty = new ManagerRetention(maxToKeep, seconds);
        if (state is null)
        {
            // A little back, so that a manager that begins again at once still manages what this one saves.
            return empty with { LastPreservedTimestamp = now - 1 };
        }

        double preserved = Math.Min(state.LastPreservedTimestamp, now);
        return empty with
        {
            LastPreservedTimestamp = preserved,
            HasClockGoneBack = state.LastPreservedTimestamp > now,
            Latest = state.ModelCheckpointPath,
            Managed = [.. Recovered(state, preserved, now).Where(saved => saved.Time > preserved)],
        };
    }

    /// <summary>Takes in a save. One that is saved again moves to the end. Nothing is evicted before <see cref="Sweep"/>.</summary>
    public ManagerRetention Record(string prefix, double now) => this with
    {
        Managed = Managed.RemoveAll(saved => saved.Prefix == prefix).Add(new SavedCheckpoint(prefix, now)),
        Latest = prefix,
    };

    /// <summary>Evicts what is over the number: each is to be deleted, or kept for ever.</summary>
    public (ManagerRetention Next, ImmutableArray<string> Delete) Sweep()
    {
        ImmutableArray<string>.Builder delete = ImmutableArray.CreateBuilder<string>();
        double preserved = LastPreservedTimestamp;
        int evicted = MaxToKeep is { } max ? Math.Max(0, Managed.Length - max) : 0;
        foreach (SavedCheckpoint saved in Managed[..evicted])
        {
            if (KeepEverySeconds is { } seconds && saved.Time - seconds >= preserved)
            {
                preserved = saved.Time;
            }
            else
            {
                delete.Add(saved.Prefix);
            }
        }

        return (this with { Managed = Managed[evicted..], LastPreservedTimestamp = preserved }, delete.ToImmutable());
    }

    /// <summary>The state file for now: paths relative to the folder, with times.</summary>
    /// <param name="saveDirectory">The folder, spelled as in the prefixes.</param>
    /// <param name="latestFileName">The name of the state file.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: nothing was saved yet, or a prefix is the state file.</exception>
    public CheckpointState ToState(string saveDirectory, string latestFileName = CheckpointState.FileNameDefault)
    {
        string latest = Latest ?? throw new CheckpointException(
            CheckpointError.InvalidArgument, $"There is no state of '{saveDirectory}' to write: nothing was saved in it yet.");
        return CheckpointState.Record(saveDirectory, latest, Checkpoints, saveRelativePaths: true, latestFileName)
            .WithTimestamps([.. Managed.Select(saved => saved.Time)], LastPreservedTimestamp);
    }

    // Without times, all are as old as the last that is kept for ever, so that none is managed.
    private static IEnumerable<SavedCheckpoint> Recovered(CheckpointState state, double preserved, double now)
    {
        ImmutableArray<double> times = state.AllModelCheckpointTimestamps;
        if (!times.IsEmpty)
        {
            state.WithTimestamps(times, preserved);
        }

        return state.AllModelCheckpointPaths.Select((path, i) => new SavedCheckpoint(path, times.IsEmpty ? preserved : Math.Min(times[i], now)));
    }
}
