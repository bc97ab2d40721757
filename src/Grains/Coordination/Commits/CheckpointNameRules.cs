using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>Which names a checkpoint may have.</summary>
internal static class CheckpointNameRules
{
    /// <summary>The most data files: their names have five digits.</summary>
    public const int DataFilesMax = 99_999;

    /// <summary>Refuses an intent whose names or numbers cannot be.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>.</exception>
    public static void Check(SaveIntent intent)
    {
        CheckpointPrefix prefix = intent.Prefix;
        if (CheckpointPrefix.TryFileSuffix(prefix.Value, out _, out _))
        {
            throw Refuse(prefix, "it is the name of a checkpoint's file; give the prefix, without '.index', '.meta' or '.data-...'");
        }

        if (prefix.Value.StartsWith(OwnFolder.Path, StringComparison.Ordinal))
        {
            throw Refuse(prefix, $"'{OwnFolder.Path}' is kept for Cairn itself; give another folder");
        }

        if (intent.DataFileCount is < 1 or > DataFilesMax)
        {
            throw Refuse(prefix, $"{intent.DataFileCount} data files are asked for; 1 to {DataFilesMax} can be named");
        }

        BlobName.Check(prefix.IndexName);
        BlobName.Check(prefix.SidecarName);
        BlobName.Check(prefix.DataName(0, intent.DataFileCount));
        CheckSaver(intent);
    }

    private static void CheckSaver(SaveIntent intent)
    {
        string state = intent.Options.StateFileName;
        CheckpointPaths.RequireNoCollision(intent.Prefix.Value, intent.IsNumbered ? 0 : null, latestFileName: state);
        BlobName.Check(intent.Prefix.Folder + state);
        if ((intent.Prefix.Folder + state).StartsWith(intent.Prefix.Value + ".", StringComparison.Ordinal))
        {
            throw Refuse(intent.Prefix, $"its files could have the name of the state file '{state}'; give another save path or state file");
        }

        if (intent.Options.MaxToKeep < 0 || !(intent.Options.KeepEveryHours > 0))
        {
            string given = $"max_to_keep is {intent.Options.MaxToKeep} (0 or more), and one is kept every {intent.Options.KeepEveryHours} hours (more than 0)";
            throw Refuse(intent.Prefix, given);
        }
    }

    private static CheckpointException Refuse(CheckpointPrefix prefix, string reason) =>
        new(CheckpointError.InvalidArgument, $"A checkpoint cannot be saved as '{prefix}': {reason}.");
}
