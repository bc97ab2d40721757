using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>What state files say, and what they shall say. Pure.</summary>
internal static class StateFileRules
{
    /// <summary>How many state files of one folder a replacing save looks after. A folder has one, seldom two.</summary>
    public const int StatesMax = 16;

    /// <summary>How many of the newest checkpoints of a list are looked at when a state file is pointed away.</summary>
    public const int OthersMax = 1000;

    /// <summary>The state files that an attempt may change, its saver's own first: when it replaces a checkpoint, also those that may name it.</summary>
    public static ImmutableArray<string> Candidates(CoordinatorRecord record, SaveAttempt attempt)
    {
        string folder = attempt.Checkpoint.Folder;
        IEnumerable<string> own = attempt.Saver is { } saver ? [folder + saver.StateFile] : [];
        IEnumerable<string> others = attempt.Kind == AttemptKind.Replace
            ? record.Savers.Where(known => known.Folder == folder).Select(known => known.StateName).Prepend(folder + CheckpointState.FileNameDefault)
            : [];
        ImmutableArray<string> all = [.. own.Concat(others).Distinct(StringComparer.Ordinal)];
        return all.Length <= StatesMax
            ? all
            : throw new CheckpointException(
                CheckpointError.LimitExceeded,
                $"Folder '{folder}' has {all.Length} state files, {StatesMax} at most while '{attempt.Prefix}' is replaced: use fewer "
                    + "StateFileNames, or numbered checkpoints.");
    }

    /// <summary>The state, or null when the bytes are no state file: such a file names nothing, as TensorFlow reads it.</summary>
    public static CheckpointState? TryParse(ReadOnlySpan<byte> utf8, string name)
    {
        try
        {
            return CheckpointState.Parse(utf8, name);
        }
        catch (CheckpointException fault) when (fault.Error == CheckpointError.Corrupt)
        {
            return null;
        }
    }

    /// <summary>Whether the state names the checkpoint, as the newest or in its list.</summary>
    public static bool Names(CheckpointState state, CheckpointPrefix prefix) =>
        state.AllModelCheckpointPaths.Append(state.ModelCheckpointPath).Any(path => IsPathOf(path, prefix));

    /// <summary>The other checkpoints of the list, newest first: the path as it is stored, and the name in the store when it is known.</summary>
    public static IEnumerable<(string Path, CheckpointPrefix Name)> Others(CheckpointState state, CheckpointPrefix prefix) =>
        (from path in state.AllModelCheckpointPaths.Reverse()
         where path.Length > 0 && !CheckpointPaths.IsAbsolute(path) && !IsPathOf(path, prefix)
         select (path, new CheckpointPrefix(InStore(path, prefix.Folder)))).Take(OthersMax);

    /// <summary>The state that has <paramref name="newest"/> (a path as stored) as its newest, and of its list what <paramref name="complete"/> has.</summary>
    public static CheckpointState PointTo(CheckpointState state, string newest, IReadOnlySet<string> complete)
    {
        bool[] stays = [.. state.AllModelCheckpointPaths.Select(complete.Contains)];
        bool isTimed = state.AllModelCheckpointTimestamps.Length == stays.Length;
        return state with
        {
            ModelCheckpointPath = newest,
            AllModelCheckpointPaths = [.. state.AllModelCheckpointPaths.Where((_, i) => stays[i])],
            AllModelCheckpointTimestamps = isTimed ? [.. state.AllModelCheckpointTimestamps.Where((_, i) => stays[i])] : [],
        };
    }

    // Where the store itself lies is not known here, so an absolute path is told by its last part: rather one too many is pointed away for a moment.
    private static bool IsPathOf(string path, CheckpointPrefix prefix) => CheckpointPaths.IsAbsolute(path)
        ? path.EndsWith("/" + prefix.FileName, StringComparison.Ordinal)
        : path.Length > 0 && InStore(path, prefix.Folder) == CheckpointPaths.RelativeTo(prefix.Value, "");

    private static string InStore(string path, string folder) =>
        CheckpointPaths.RelativeTo(CheckpointPaths.Join(CheckpointPaths.DirectoryOf(folder), path), "");
}
