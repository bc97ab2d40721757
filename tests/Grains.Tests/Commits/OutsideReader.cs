using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;

namespace Cairn.Grains.Tests.Commits;

/// <summary>A program that knows nothing of Cairn and looks at the folder at any instant.</summary>
internal static class OutsideReader
{
    /// <summary>Looks at all there is. Null, or what is wrong: an index whose files are not there and whole, or a state file that names a checkpoint which
    /// does not exist.</summary>
    public static async Task<string?> FindFaultAsync(IBlobStore store)
    {
        await foreach (BlobProperties blob in store.ListAsync("", default))
        {
            if (blob.Name.StartsWith("_cairn/", StringComparison.Ordinal))
            {
                continue;
            }

            bool isIndex = blob.Name.EndsWith(".index", StringComparison.Ordinal);
            bool isState = blob.Name is "m/checkpoint" or "m/best";
            string? fault = isIndex ? await FaultOfIndexAsync(store, blob.Name) : isState ? await FaultOfStateAsync(store, blob.Name) : null;
            if (fault is not null)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>The state of a folder, with names as the store has them; null if there is none.</summary>
    public static async Task<CheckpointState?> StateAsync(IBlobStore store, string name) =>
        await store.TryReadAsync(name, 1 << 20, default) is { } content
            ? CheckpointState.Parse(content.Bytes.Span, name).ResolvedIn(name[..name.LastIndexOf('/')])
            : null;

    private static async Task<string?> FaultOfIndexAsync(IBlobStore store, string name)
    {
        try
        {
            await ToyBundle.ReadAsync(store, new CheckpointPrefix(name[..^".index".Length]));
            return null;
        }
        catch (InvalidDataException torn)
        {
            return torn.Message;
        }
    }

    private static async Task<string?> FaultOfStateAsync(IBlobStore store, string name)
    {
        CheckpointState? state = await StateAsync(store, name);
        foreach (string path in state!.AllModelCheckpointPaths.Append(state.ModelCheckpointPath))
        {
            if (await store.TryGetPropertiesAsync(path + ".index", default) is null)
            {
                return $"'{name}' names '{path}', which does not exist.";
            }
        }

        return null;
    }
}
