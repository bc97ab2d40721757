using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Storage.Local;

/// <summary>Walks the folders below a root in the order in which an object store lists names.</summary>
internal sealed class LocalListing(LocalPaths paths)
{
    /// <summary>The blobs whose names begin with <paramref name="prefix"/>.</summary>
    public IEnumerable<BlobProperties> Of(string prefix)
    {
        string folder = prefix[..(prefix.LastIndexOf('/') + 1)];
        return TryResolve(folder) is { } path ? Walk(path, folder, prefix, [RealPath(path)]) : [];
    }

    // The real paths of the folders that are being walked: a link back to one of them is not followed in a circle.
    private IEnumerable<BlobProperties> Walk(string path, string folder, string prefix, HashSet<string> walked)
    {
        foreach ((string name, bool isFolder) in Entries(path, folder, prefix))
        {
            if (TryResolve(name) is not { } resolved)
            {
                continue;
            }

            if (isFolder)
            {
                string real = RealPath(resolved);
                if (walked.Add(real))
                {
                    foreach (BlobProperties blob in Walk(resolved, name, prefix, walked))
                    {
                        yield return blob;
                    }

                    walked.Remove(real);
                }
            }
            else if (FileStamp.TryOf(resolved) is { } stamp)
            {
                yield return new BlobProperties(name, stamp.LengthBytes, stamp.ETag, stamp.Modified);
            }
        }
    }

    // A folder counts with its '/', so that 'a.b' comes before 'a/b' as it does among whole names.
    private static List<(string Name, bool IsFolder)> Entries(string path, string folder, string prefix)
    {
        try
        {
            List<(string Name, bool IsFolder)> entries =
            [
                .. new DirectoryInfo(path).EnumerateFileSystemInfos()
                    .Select(entry => (Entry: entry, IsFolder: Directory.Exists(entry.FullName)))
                    .Where(found => BlobName.IsValid(folder + found.Entry.Name))
                    .Select(found => (folder + found.Entry.Name + (found.IsFolder ? "/" : ""), found.IsFolder))
                    .Where(found => MayHold(found.Item1, prefix)),
            ];
            entries.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
            return entries;
        }
        catch (DirectoryNotFoundException)
        {
            return []; // No such folder, or none any more.
        }
    }

    private static string RealPath(string path) =>
        new DirectoryInfo(path) is { LinkTarget: not null } link && link.ResolveLinkTarget(returnFinalTarget: true) is { } target ? target.FullName : path;

    private static bool MayHold(string name, string prefix) =>
        name.Length >= prefix.Length ? name.StartsWith(prefix, StringComparison.Ordinal) : prefix.StartsWith(name, StringComparison.Ordinal);

    private string? TryResolve(string name)
    {
        try
        {
            return paths.Resolve(name.TrimEnd('/'));
        }
        catch (CheckpointException fault) when (fault.Error == CheckpointError.InvalidArgument)
        {
            return null; // A link out of the store: its blobs cannot be read here, so they are not here.
        }
    }
}
