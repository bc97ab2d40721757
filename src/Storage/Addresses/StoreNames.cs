using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Storage.Addresses;

/// <summary>Several places of one store that a user named: the store, rooted at the folder that holds all of them, and their names in it.</summary>
/// <param name="Store">The store.</param>
/// <param name="Names">The names, in the order of the addresses.</param>
public sealed record StoreNames(IBlobStore Store, IReadOnlyList<string> Names)
{
    /// <summary>Opens the store of checkpoints' prefixes.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: they are not of one store, or one is no address.</exception>
    public static StoreNames OfPrefixes(IReadOnlyList<string> addresses, StoreOptions? options = null)
    {
        StoreAddress[] parsed = [.. addresses.Select(address => StoreAddress.Parse(address).Absolute())];
        if (Array.Find(parsed, address => !address.IsSameStore(parsed[0])) is { } foreign)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"'{foreign}' and '{parsed[0]}' are not in one store; copy them to one first.");
        }

        string[] paths = [.. parsed.Select(address => address.Path)];
        int folderLength = paths[0].LastIndexOf('/') + 1;
        foreach (string path in paths)
        {
            int same = paths[0].AsSpan(0, folderLength).CommonPrefixLength(path);
            folderLength = paths[0].AsSpan(0, same).LastIndexOf('/') + 1;
        }

        return new StoreNames(parsed[0].Within(paths[0][..folderLength]).Open(options ?? StoreLocation.OfUser()), [.. paths.Select(path => path[folderLength..])]);
    }
}
