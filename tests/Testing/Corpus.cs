using System.Text.Json;

namespace Cairn.Testing;

/// <summary>The checkpoints that TensorFlow wrote, outside the repository: the folder of CAIRN_CORPUS, or <c>shared/corpus</c> beside it.</summary>
public static class Corpus
{
    private static readonly string? Found = Find();
    private static readonly Lazy<IReadOnlyDictionary<string, CorpusBundle>> Expected = new(ReadExpected);

    /// <summary>Every bundle of <c>tensorflow/</c> with what must be read from it, by its short name; empty if there is no corpus.</summary>
    public static IReadOnlyDictionary<string, CorpusBundle> Bundles => Expected.Value;

    /// <summary>The full path of a file or folder of the corpus; ends the test if there is no corpus.</summary>
    public static string PathOf(string relative)
    {
        Require();
        return Path.Combine(Found!, relative);
    }

    /// <summary>Ends the test if there is no corpus.</summary>
    public static void Require()
    {
        if (Found is null)
        {
            Needs.Unmet("There is no corpus: set CAIRN_CORPUS, or put it in ../shared/corpus.");
        }
    }

    /// <summary>All files of the corpus whose names match, relative to it, in ordinal order. Without a corpus the pattern itself, so that a theory has a case
    /// to skip.</summary>
    public static string[] Files(string pattern) => Found is null
        ? [pattern]
        : [.. Directory.EnumerateFiles(Found, pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Found, file)).Order(StringComparer.Ordinal)];

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

    private static IReadOnlyDictionary<string, CorpusBundle> ReadExpected()
    {
        if (Found is null)
        {
            return new Dictionary<string, CorpusBundle>();
        }

        using FileStream stream = File.OpenRead(Path.Combine(Found, "expected.json"));
        return JsonSerializer.Deserialize<Dictionary<string, CorpusBundle>>(
            stream, new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower })!;
    }
}
