using System.Runtime.InteropServices;

namespace Cairn.Bench;

/// <summary>Where the numbers come from.</summary>
internal static class Machine
{
    public static string Describe() =>
        $"{ModelName()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, "
        + $"{(System.Runtime.GCSettings.IsServerGC ? "server" : "workstation")} GC. "
        + $"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, load average before: {LoadAverage()}.";

    /// <summary>The load of the machine over the last 1, 5 and 15 minutes: above the cores, the numbers say little.</summary>
    public static string LoadAverage() => File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : "unknown";

    private static string ModelName()
    {
        IEnumerable<string> lines = File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo") : [];
        return lines.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } name
            ? name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : RuntimeInformation.ProcessArchitecture.ToString();
    }
}
