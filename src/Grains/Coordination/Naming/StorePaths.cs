using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Naming;

/// <summary>Turns paths that users write (<c>./model/model.ckpt</c>) into names in the store (<c>model/model.ckpt</c>), and refuses those that lead elsewhere.
/// Pure.</summary>
internal static class StorePaths
{
    // Azure's names have at most 1,024 characters; the longest ending Cairn appends, and the folder of a staging, stay below the rest.
    private const int LengthMax = 800;

    /// <summary>The prefix that a path names.</summary>
    /// <param name="path">Relative to the store's root, or absolute and below it.</param>
    /// <param name="storeAddress">The store's address.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the message names the path and the remedy.</exception>
    public static CheckpointPrefix Prefix(string path, string storeAddress)
    {
        string name = Normalise(path, storeAddress);
        return CheckpointPrefix.FileNameFault(name) is { } fault ? throw Refused(path, fault) : new CheckpointPrefix(name);
    }

    /// <summary>The folder that a path names, with its trailing <c>/</c>; empty for the root.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>.</exception>
    public static string Folder(string path, string storeAddress)
    {
        string name = path.Length == 0 || path.TrimEnd('/') == storeAddress.TrimEnd('/') ? "" : Normalise(path, storeAddress);
        return name.Length == 0 || name.EndsWith('/') ? name : name + "/";
    }

    private static string Normalise(string path, string storeAddress)
    {
        if (path.Length == 0)
        {
            throw Refused(path, "is empty; give a path such as ./model/model.ckpt");
        }

        if (path.Any(letter => letter == '\\' || char.IsControl(letter)))
        {
            throw Refused(path, "has a backslash or a control character; parts of a path are separated by '/'");
        }

        string[] parts = [.. Below(path, storeAddress).Split('/').Where(part => part is not ("" or "."))];
        if (parts.Contains(".."))
        {
            throw Refused(path, "has a part '..'; give a path below the store's root without it");
        }

        if (parts is [OwnFolder.Name, ..])
        {
            throw Refused(path, $"is in '{OwnFolder.Name}', which Cairn keeps for itself; take another folder");
        }

        string name = string.Join('/', parts);
        return name.Length > LengthMax
            ? throw Refused(path[..80] + "...", $"has {name.Length} characters; a prefix has at most {LengthMax}")
            : name.Length > 0 && path.EndsWith('/') ? name + "/" : name;
    }

    private static string Below(string path, string storeAddress)
    {
        string root = storeAddress.TrimEnd('/') + "/";
        if (path.StartsWith(root, StringComparison.Ordinal))
        {
            return path[root.Length..];
        }

        return path.StartsWith('/') || path.Contains("://", StringComparison.Ordinal)
            ? throw Refused(path, $"is outside of the store's root '{storeAddress}'; give a path relative to it")
            : path;
    }

    private static CheckpointException Refused(string path, string reason) => new(CheckpointError.InvalidArgument, $"The path '{path}' {reason}.");
}
