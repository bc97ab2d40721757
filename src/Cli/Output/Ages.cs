namespace Cairn.Cli.Output;

/// <summary>Spans of time for people.</summary>
internal static class Ages
{
    /// <summary>The largest unit that fits, and no other: <c>42 s</c>, <c>7 min</c>, <c>3 h</c>, <c>12 d</c>.</summary>
    public static string Short(TimeSpan age) => age switch
    {
        { TotalSeconds: < 0 } => "0 s",
        { TotalMinutes: < 1 } => $"{(long)age.TotalSeconds} s",
        { TotalHours: < 1 } => $"{(long)age.TotalMinutes} min",
        { TotalDays: < 2 } => $"{(long)age.TotalHours} h",
        _ => $"{(long)age.TotalDays} d",
    };
}
