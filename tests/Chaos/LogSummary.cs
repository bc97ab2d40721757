using System.Text.RegularExpressions;

namespace Cairn.Chaos;

/// <summary>What the silos' logs are like: how many lines of each level, and which of them carry an exception's stack.</summary>
internal static partial class LogSummary
{
    private const int ShownMax = 8;

    /// <summary>The lines of a summary.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> paths)
    {
        var levels = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var repeated = new Dictionary<string, int>(StringComparer.Ordinal);
        int stacks = 0;
        int files = 0;
        foreach (string path in paths)
        {
            files++;
            foreach (string line in File.ReadLines(path))
            {
                if (Entry().Match(line) is { Success: true } entry)
                {
                    string level = entry.Groups["level"].Value;
                    levels[level] = levels.GetValueOrDefault(level) + 1;
                    string kind = $"{level} {entry.Groups["category"].Value}";
                    repeated[kind] = repeated.GetValueOrDefault(kind) + 1;
                    stacks += Stack().IsMatch(line) ? 1 : 0;
                }
            }
        }

        return
        [
            $"logs of {files} silo processes: {string.Join(", ", levels.Select(level => $"{level.Value} {level.Key}"))}; {stacks} lines with a stack",
            .. repeated.OrderByDescending(kind => kind.Value).Take(ShownMax).Select(kind => $"  {kind.Value} x {kind.Key}"),
        ];
    }

    [GeneratedRegex(@"^[0-9:]{8} (?<level>[a-z]{4}): (?<category>[^\[]+)\[", RegexOptions.ExplicitCapture)]
    private static partial Regex Entry();

    [GeneratedRegex(@" at [A-Z][\w.]*\.[\w.`<>\[\]]+\(")]
    private static partial Regex Stack();
}
