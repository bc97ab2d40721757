using System.Text.RegularExpressions;

namespace Cairn.Chaos;

/// <summary>What the silos' logs are like: how many lines of each level, and which of them carry an exception's stack.</summary>
internal static partial class LogSummary
{
    private const int ShownMax = 8;
    private const int StacksShownMax = 3;
    private const int StackShownMax = 300;

    /// <summary>The lines of a summary.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> paths)
    {
        var levels = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var repeated = new Dictionary<string, int>(StringComparer.Ordinal);
        var stacks = new List<string>();
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
                    if (Stack().IsMatch(line))
                    {
                        stacks.Add(line);
                    }
                }
            }
        }

        return
        [
            $"logs of {files} silo processes: {string.Join(", ", levels.Select(level => $"{level.Value} {level.Key}"))}; {stacks.Count} lines with a stack",
            .. stacks.Take(StacksShownMax).Select(line => $"  {line[..Math.Min(line.Length, StackShownMax)]}"),
            .. repeated.OrderByDescending(kind => kind.Value).Take(ShownMax).Select(kind => $"  {kind.Value} x {kind.Key}"),
        ];
    }

    [GeneratedRegex(@"^[0-9:]{8} (?<level>[a-z]{4}): (?<category>[^\[]+)\[", RegexOptions.ExplicitCapture)]
    private static partial Regex Entry();

    [GeneratedRegex(@" at [A-Z][\w.]*\.[\w.`<>\[\]]+\(")]
    private static partial Regex Stack();
}
