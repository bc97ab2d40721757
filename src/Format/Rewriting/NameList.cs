namespace Cairn.Format.Rewriting;

/// <summary>Names in messages: quoted, and not more than can be read.</summary>
internal static class NameList
{
    private const int ShownMax = 8;

    /// <summary><c>'a', 'b'</c>, or <c>'a', ..., and 12 more</c>.</summary>
    public static string Of(IReadOnlyCollection<string> names)
    {
        string shown = string.Join(", ", names.Take(ShownMax).Select(name => $"'{name}'"));
        return names.Count > ShownMax ? $"{shown}, and {names.Count - ShownMax} more" : shown;
    }
}
