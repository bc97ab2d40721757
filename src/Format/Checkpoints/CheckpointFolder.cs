using System.Collections.Immutable;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;

namespace Cairn.Format.Checkpoints;

/// <summary>Reads what a folder of a store says of its checkpoints. A folder is a name with or without <c>/</c> at its end; empty for the root of the
/// store.</summary>
public static class CheckpointFolder
{
    /// <summary>The most blobs that a folder may hold to be listed.</summary>
    public const int BlobsMax = 1_000_000;

    /// <summary>The state file of a folder as it is stored, or null if there is none.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/> or <see cref="CheckpointError.LimitExceeded"/>: no state file.</exception>
    public static async ValueTask<CheckpointState?> TryReadStateAsync(
        IBlobStore store, string folder, string latestFileName = CheckpointState.FileNameDefault, CancellationToken cancellationToken = default)
    {
        string name = NameOf(folder) + latestFileName;
        BlobContent? content = await store.TryReadAsync(name, CheckpointState.LengthBytesMax, cancellationToken).ConfigureAwait(false);
        return content is null ? null : CheckpointState.Parse(content.Bytes.Span, name);
    }

    /// <summary>The newest checkpoint of a folder by its state file, as <c>tf.train.latest_checkpoint</c>: null if the file is missing, cannot be parsed, or
    /// names a checkpoint that is not there.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: the state file names no checkpoint at all.</exception>
    public static async ValueTask<LatestCheckpoint> LatestAsync(
        IBlobStore store, string folder, string latestFileName = CheckpointState.FileNameDefault, CancellationToken cancellationToken = default)
    {
        string directory = NameOf(folder);
        string stateName = directory + latestFileName;
        CheckpointState? state;
        try
        {
            state = await TryReadStateAsync(store, folder, latestFileName, cancellationToken).ConfigureAwait(false);
        }
        catch (CheckpointException fault) when (fault.Error is CheckpointError.Corrupt or CheckpointError.LimitExceeded)
        {
            return new LatestCheckpoint(null, fault.Message);
        }

        if (state is null)
        {
            return new LatestCheckpoint(null, $"There is no '{stateName}' in {store.Address}.");
        }

        if (state.ModelCheckpointPath.Length == 0)
        {
            throw new CheckpointException(
                CheckpointError.Corrupt, $"Invalid checkpoint state loaded from '{stateName}' of {store.Address}: it has no model_checkpoint_path.");
        }

        return await FindAsync(store, directory, stateName, state.ModelCheckpointPath, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All checkpoints of a folder whose index is there, the oldest first. Folders within it are not looked into. A state file that cannot be read
    /// names none of them.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: the folder holds more than <see cref="BlobsMax"/> blobs.</exception>
    public static async ValueTask<ImmutableArray<CheckpointListing>> ListAsync(
        IBlobStore store, string folder, string latestFileName = CheckpointState.FileNameDefault, CancellationToken cancellationToken = default)
    {
        string directory = NameOf(folder);
        Dictionary<string, CheckpointFiles> found = new(StringComparer.Ordinal);
        int blobs = 0;
        await foreach (BlobProperties blob in store.ListAsync(directory, cancellationToken).ConfigureAwait(false))
        {
            if (++blobs > BlobsMax)
            {
                throw new CheckpointException(
                    CheckpointError.LimitExceeded, $"'{directory}' in {store.Address} holds more than {BlobsMax} blobs; list a folder below it.");
            }

            if (blob.Name.AsSpan(directory.Length).IndexOf('/') < 0)
            {
                Take(found, blob);
            }
        }

        CheckpointState? state = await StateOrNullAsync(store, folder, latestFileName, cancellationToken).ConfigureAwait(false);
        HashSet<string> named = [.. (state?.AllModelCheckpointPaths ?? []).Select(path => BlobName(store, directory, path)).OfType<string>()];
        string? latest = state is { ModelCheckpointPath.Length: > 0 } ? BlobName(store, directory, state.ModelCheckpointPath) : null;

        return
        [
            .. found.Select(pair => pair.Value.ToListing(new CheckpointPrefix(pair.Key), isNamed: named.Contains(pair.Key), isLatest: pair.Key == latest))
                .OfType<CheckpointListing>()
                .OrderBy(listing => listing.LastModified).ThenBy(listing => listing.Step).ThenBy(listing => listing.Prefix.Value, StringComparer.Ordinal),
        ];
    }

    private static async ValueTask<LatestCheckpoint> FindAsync(
        IBlobStore store, string directory, string stateName, string path, CancellationToken cancellationToken)
    {
        string said = $"'{stateName}' in {store.Address} names '{path}'";
        if (BlobName(store, directory, path) is { } name)
        {
            CheckpointPrefix prefix = new(name);
            if (await store.TryGetPropertiesAsync(prefix.IndexName, cancellationToken).ConfigureAwait(false) is not null)
            {
                return new LatestCheckpoint(prefix, null);
            }

            bool isV1 = name.Length > 0 && !name.EndsWith('/')
                && await store.TryGetPropertiesAsync(name, cancellationToken).ConfigureAwait(false) is { } file
                && await BundleFiles.IsTableAsync(store, file, cancellationToken).ConfigureAwait(false);
            said += isV1
                ? $", which is a V1 checkpoint: one file and no '{prefix.IndexName}'. Cairn reads V2 checkpoints"
                : $", but there is no '{prefix.IndexName}'";
        }
        else
        {
            said += ", which is outside this store";
        }

        CheckpointPrefix beside = new(directory + path[(path.LastIndexOf('/') + 1)..]);
        bool isBeside = CheckpointPaths.IsAbsolute(path) && IsBlobName(beside.IndexName)
            && await store.TryGetPropertiesAsync(beside.IndexName, cancellationToken).ConfigureAwait(false) is not null;
        return new LatestCheckpoint(null, isBeside ? $"{said}. The folder seems to have been moved: '{beside}' is there; name it yourself." : $"{said}.");
    }

    private static async ValueTask<CheckpointState?> StateOrNullAsync(
        IBlobStore store, string folder, string latestFileName, CancellationToken cancellationToken)
    {
        try
        {
            return await TryReadStateAsync(store, folder, latestFileName, cancellationToken).ConfigureAwait(false);
        }
        catch (CheckpointException fault) when (fault.Error is CheckpointError.Corrupt or CheckpointError.LimitExceeded)
        {
            return null; // LatestAsync says why; what lies in the folder can be listed all the same.
        }
    }

    private static void Take(Dictionary<string, CheckpointFiles> found, BlobProperties blob)
    {
        if (!CheckpointPrefix.TryFileSuffix(blob.Name, out CheckpointPrefix prefix, out string suffix))
        {
            return;
        }

        CheckpointFiles files = FilesOf(found, prefix.Value);
        if (suffix == ".index")
        {
            files.Index = blob;
        }
        else if (suffix == ".meta")
        {
            files.HasMeta = true;
        }
        else if (CheckpointPrefix.IsData(suffix))
        {
            files.DataBytes += blob.LengthBytes;
            files.DataFiles++;
        }
    }

    private static CheckpointFiles FilesOf(Dictionary<string, CheckpointFiles> found, string prefix) =>
        found.TryGetValue(prefix, out CheckpointFiles? files) ? files : found[prefix] = new CheckpointFiles();

    /// <summary>The name in <paramref name="store"/> of a path that a state file in <paramref name="directory"/> gives, or null if no blob of the store can
    /// have it.</summary>
    private static string? BlobName(IBlobStore store, string directory, string path)
    {
        string root = store.Address.TrimEnd('/') + "/";
        if (!CheckpointPaths.IsAbsolute(path) && !path.Contains("://", StringComparison.Ordinal))
        {
            path = directory + path;
        }
        else if (path.StartsWith(root, StringComparison.Ordinal))
        {
            path = path[root.Length..];
        }
        else
        {
            return null;
        }

        string name = string.Join('/', CheckpointPaths.Normalise(path)) + (path.EndsWith('/') ? "/" : "");
        return IsBlobName(name) ? name : null;
    }

    private static bool IsBlobName(string name) =>
        !name.StartsWith('/') && name != ".." && !name.StartsWith("../", StringComparison.Ordinal) && !name.Any(c => c == '\\' || char.IsControl(c));

    private static string NameOf(string folder)
    {
        List<string> parts = CheckpointPaths.Normalise(folder);
        if (CheckpointPaths.IsAbsolute(folder) || parts.Contains(".."))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"'{folder}' is no folder of a store: give a path below its root.");
        }

        return parts.Count == 0 ? "" : string.Join('/', parts) + "/";
    }

    private sealed class CheckpointFiles
    {
        public BlobProperties? Index { get; set; }

        public long DataBytes { get; set; }

        public int DataFiles { get; set; }

        public bool HasMeta { get; set; }

        public CheckpointListing? ToListing(CheckpointPrefix prefix, bool isNamed, bool isLatest) => Index is null
            ? null
            : new CheckpointListing(
                prefix, CheckpointPaths.StepOf(prefix.FileName), Index.LastModified, Index.LengthBytes,
                DataBytes, DataFiles, HasMeta, isNamed || isLatest, isLatest);
    }
}
