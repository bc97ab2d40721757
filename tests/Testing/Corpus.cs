namespace Cairn.Testing;

/// <summary>The checkpoints that TensorFlow wrote, outside the repository: the folder of CAIRN_CORPUS, or <c>shared/corpus</c> beside it.</summary>
public static class Corpus
{
    private static readonly string? Found = Find();

    /// <summary>The full path of a file or folder of the corpus; ends the test if there is no corpus.</summary>
    public static string PathOf(string relative)
    {
        if (Found is null)
        {
            Needs.Unmet("There is no corpus: set CAIRN_CORPUS, or put it in ../shared/corpus.");
        }

        return Path.Combine(Found!, relative);
    }

    /// <summary>All files of the corpus whose names match, relative to it, in ordinal order; empty if there is no corpus.</summary>
    public static string[] Files(string pattern) => Found is null
        ? []
        : [.. Directory.EnumerateFiles(Found, pattern, SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Found, file)).Order(StringComparer.Ordinal)];

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("CAIRN_CORPUS") is { Length: > 0 } given)
        {
            return Directory.Exists(given) ? given : null;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "corpus");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
