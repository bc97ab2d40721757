using System.Globalization;
using Cairn.Format.Errors;

namespace Cairn.Format.Checkpoints;

/// <summary>How <c>tf.train.Saver</c> names checkpoints and spells their paths. Paths are POSIX paths, as in the files that TensorFlow writes.</summary>
public static class CheckpointPaths
{
    /// <summary>The prefix of a save: <paramref name="savePath"/>, or <c>PATH-STEP</c>.</summary>
    /// <param name="savePath">What the user gave.</param>
    /// <param name="globalStep">The step, if the save is numbered.</param>
    /// <param name="padStepNumber">Writes the step with at least 8 digits.</param>
    public static string Prefix(string savePath, long? globalStep, bool padStepNumber = false) => globalStep is { } step
        ? $"{savePath}-{step.ToString(padStepNumber ? PaddedFormat(step) : "D", CultureInfo.InvariantCulture)}"
        : savePath;

    /// <summary>The step in the name of a checkpoint: the digits after its last <c>-</c>, or null.</summary>
    public static long? StepOf(string prefix)
    {
        int dash = prefix.LastIndexOf('-');
        return dash >= 0 && long.TryParse(prefix.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : null;
    }

    /// <summary>Refuses a save whose files would meet the state file.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>.</exception>
    public static void RequireNoCollision(string savePath, long? globalStep, bool sharded = false, string latestFileName = CheckpointState.FileNameDefault)
    {
        if (latestFileName.Length == 0 || latestFileName.Contains('/', StringComparison.Ordinal))
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"'latest_filename' must not contain path components, and not be empty: '{latestFileName}'.");
        }

        if (globalStep is null && !sharded && savePath[(savePath.LastIndexOf('/') + 1)..] == latestFileName)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"'latest_filename' collides with 'save_path': '{latestFileName}' and '{savePath}'. Give another save path, or a global step.");
        }
    }

    /// <summary>True for a path that begins at the root.</summary>
    public static bool IsAbsolute(string path) => path.StartsWith('/');

    /// <summary>The folder part of a save path, without the <c>/</c> after it; empty for a bare name.</summary>
    public static string DirectoryOf(string path)
    {
        string head = path[..(path.LastIndexOf('/') + 1)];
        return head.AsSpan().Trim('/').IsEmpty ? head : head.TrimEnd('/');
    }

    /// <summary><paramref name="path"/> seen from <paramref name="directory"/>: joined if it is relative, and not normalised.</summary>
    public static string Join(string directory, string path) =>
        directory.Length == 0 || IsAbsolute(path) ? path : directory.EndsWith('/') ? directory + path : $"{directory}/{path}";

    /// <summary><paramref name="path"/> spelled relative to <paramref name="directory"/>; both absolute, or both relative to one folder (an empty directory is
    /// that folder).</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the directory leads out of the folder, so that the name of the way
    /// back is not known.</exception>
    public static string RelativeTo(string path, string directory)
    {
        List<string> target = Normalise(path);
        List<string> start = Normalise(directory);
        int common = target.Zip(start).TakeWhile(pair => pair.First == pair.Second).Count();
        if (start.Skip(common).Contains(".."))
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"The path '{path}' cannot be spelled relative to '{directory}'; give an absolute folder.");
        }

        string[] steps = [.. Enumerable.Repeat("..", start.Count - common), .. target.Skip(common)];
        return steps.Length == 0 ? "." : string.Join('/', steps);
    }

    /// <summary>The parts of a path, without <c>.</c>, and without <c>..</c> where it can be carried out.</summary>
    internal static List<string> Normalise(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." && parts.Count > 0 && parts[^1] != "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part == ".." ? !IsAbsolute(path) : part != ".")
            {
                parts.Add(part);
            }
        }

        return parts;
    }

    // Python's {:08d} counts the sign as one of the 8.
    private static string PaddedFormat(long step) => step < 0 ? "D7" : "D8";
}
