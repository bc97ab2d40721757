using System.Collections.Immutable;
using Cairn.Format.Errors;

namespace Cairn.Format.Checkpoints;

/// <summary>The state file of a folder, by default named <c>checkpoint</c>: which checkpoints there are, and which is the newest. TensorFlow's CheckpointState
/// in protobuf's text format.</summary>
/// <remarks>Paths are as stored: absolute, or relative to the folder of the file.</remarks>
public sealed record CheckpointState
{
    /// <summary>The name of the file, unless the saver was given another.</summary>
    public const string FileNameDefault = "checkpoint";

    /// <summary>The longest state file that is read: room for some 100,000 paths.</summary>
    public const int LengthBytesMax = 16 << 20;

    /// <summary>The newest checkpoint. Empty in a file that was written half.</summary>
    public string ModelCheckpointPath { get; init; } = "";

    /// <summary>All checkpoints that the saver keeps track of, oldest first.</summary>
    public ImmutableArray<string> AllModelCheckpointPaths { get; init; } = [];

    /// <summary>When each of them was saved, in seconds since 1970; empty in files of <c>tf.train.Saver</c>, which does not write them.</summary>
    public ImmutableArray<double> AllModelCheckpointTimestamps { get; init; } = [];

    /// <summary>When the newest checkpoint was saved that is kept for ever; 0 if the file does not say.</summary>
    public double LastPreservedTimestamp { get; init; }

    /// <summary>Reads a state file, as liberal as protobuf's text format is. Fields of other names are passed over.</summary>
    /// <param name="utf8">All bytes of the file.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: not the text format; the message has line and column.
    /// <see cref="CheckpointError.LimitExceeded"/>: longer than <see cref="LengthBytesMax"/>.</exception>
    public static CheckpointState Parse(ReadOnlySpan<byte> utf8, string file)
    {
        if (utf8.Length > LengthBytesMax)
        {
            throw new CheckpointException(CheckpointError.LimitExceeded, $"'{file}' is {utf8.Length} bytes long; a state file is at most {LengthBytesMax}.");
        }

        return new CheckpointStateParser(utf8, file).Parse();
    }

    /// <summary>The state that a saver records after saving <paramref name="modelPath"/>, with the paths as they are to be stored.</summary>
    /// <param name="saveDirectory">The folder of the state file: the folder part of the save path.</param>
    /// <param name="modelPath">The new checkpoint, which is appended to <paramref name="allPaths"/> if it is not the last of them.</param>
    /// <param name="allPaths">All checkpoints, oldest first.</param>
    /// <param name="saveRelativePaths">Stores absolute paths relative to an absolute folder too. In a relative folder, relative paths are always stored
    /// relative to it.</param>
    /// <param name="latestFileName">The name of the state file, which no checkpoint may have.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the state file would have the path of the checkpoint.</exception>
    public static CheckpointState Record(
        string saveDirectory, string modelPath, IEnumerable<string>? allPaths = null, bool saveRelativePaths = false, string latestFileName = FileNameDefault)
    {
        bool absoluteDirectory = CheckpointPaths.IsAbsolute(saveDirectory);
        string Stored(string path) => CheckpointPaths.IsAbsolute(path)
            ? saveRelativePaths && absoluteDirectory ? CheckpointPaths.RelativeTo(path, saveDirectory) : path
            : absoluteDirectory ? path : CheckpointPaths.RelativeTo(path, saveDirectory);

        ImmutableArray<string> all = [.. allPaths ?? []];
        if (all.IsEmpty || all[^1] != modelPath)
        {
            all = all.Add(modelPath);
        }

        string stored = Stored(modelPath);
        if (CheckpointPaths.Join(saveDirectory, latestFileName) == stored)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"Save path '{stored}' conflicts with path used for checkpoint state.  Please use a different save path.");
        }

        return new CheckpointState { ModelCheckpointPath = stored, AllModelCheckpointPaths = [.. all.Select(Stored)] };
    }

    /// <summary>This state with the times of its checkpoints, as CheckpointManager records them.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: not one time for each path.</exception>
    public CheckpointState WithTimestamps(ImmutableArray<double> timestamps, double lastPreserved)
    {
        if (!timestamps.IsEmpty && timestamps.Length != AllModelCheckpointPaths.Length)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                "Checkpoint timestamps, if provided, must match checkpoint paths "
                    + $"(got paths [{string.Join(", ", AllModelCheckpointPaths)}] and timestamps [{string.Join(", ", timestamps.Select(PythonDouble.Repr))}])");
        }

        return this with { AllModelCheckpointTimestamps = timestamps, LastPreservedTimestamp = lastPreserved };
    }

    /// <summary>This state with every relative path joined to <paramref name="directory"/>, as <c>get_checkpoint_state</c> returns it: joined, not
    /// normalised.</summary>
    public CheckpointState ResolvedIn(string directory) => this with
    {
        ModelCheckpointPath = CheckpointPaths.Join(directory, ModelCheckpointPath),
        AllModelCheckpointPaths = [.. AllModelCheckpointPaths.Select(path => CheckpointPaths.Join(directory, path))],
    };

    /// <summary>The bytes of the file, as TensorFlow writes them.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: a path is not Unicode text.</exception>
    public byte[] ToUtf8() => CheckpointStateWriter.Write(this);

    /// <inheritdoc/>
    public bool Equals(CheckpointState? other) =>
        other is not null
        && ModelCheckpointPath == other.ModelCheckpointPath
        && AllModelCheckpointPaths.AsSpan().SequenceEqual(other.AllModelCheckpointPaths.AsSpan())
        && AllModelCheckpointTimestamps.AsSpan().SequenceEqual(other.AllModelCheckpointTimestamps.AsSpan())
        && LastPreservedTimestamp.Equals(other.LastPreservedTimestamp);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(ModelCheckpointPath, AllModelCheckpointPaths.Length, AllModelCheckpointTimestamps.Length, LastPreservedTimestamp);
}
