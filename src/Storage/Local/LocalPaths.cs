using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Storage.Local;

/// <summary>Where a blob's name lies on disk: below the root, whatever links say.</summary>
internal sealed class LocalPaths(string root, bool followsLinksOutside)
{
    private const int LinksMax = 40; // As Linux (path_resolution(7)).
    private static readonly char[] ForbiddenOnWindows = OperatingSystem.IsWindows() ? ['<', '>', ':', '"', '|', '?', '*'] : [];

    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>The path of a blob.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the name is none, or a link leads out of the store.</exception>
    public string OfBlob(string name)
    {
        BlobName.Check(name);
        if (name.IndexOfAny(ForbiddenOnWindows) >= 0)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"'{name}' holds a character that Windows does not allow in a file name.");
        }

        return Resolve(name);
    }

    /// <summary>The path of a name whose parts were checked. Links inside the root are walked here, one at a time, so that the path that is used later holds
    /// none.</summary>
    public string Resolve(string name)
    {
        if (followsLinksOutside)
        {
            return name.Length == 0 ? Root : Path.Combine(Root, name.Replace('/', Path.DirectorySeparatorChar));
        }

        int links = 0;
        string path = Root;
        var parts = new Stack<string>(Parts(name).Reverse());
        while (parts.TryPop(out string? part))
        {
            string next = Path.Combine(path, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                path = next;
                continue;
            }

            string relative = Path.GetRelativePath(Root, Path.GetFullPath(target, path));
            if (++links > LinksMax || relative == ".."
                || relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal) || Path.IsPathRooted(relative))
            {
                throw new CheckpointException(CheckpointError.InvalidArgument,
                    $"'{name}' in '{Root}' is reached through the link '{next}', which leads out of the store (or in a circle); "
                        + "copy the files into the store instead.");
            }

            path = Root;
            foreach (string step in Parts(relative).Reverse())
            {
                parts.Push(step);
            }
        }

        return path;
    }

    private static IEnumerable<string> Parts(string path) => path.Split('/', Path.DirectorySeparatorChar).Where(part => part is not ("" or "."));
}
