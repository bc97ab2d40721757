using System.Globalization;

namespace Cairn.Bench;

/// <summary>The resident memory of this process, now and at its peak. Linux.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident now, after what is garbage is gone. The peak begins again from here.</summary>
    public static long SettleBytes()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        File.WriteAllText("/proc/self/clear_refs", "5"); // Sets the peak to what is resident now; proc(5).
        return BytesOf("VmRSS:");
    }

    /// <summary>The most since the last call of <see cref="SettleBytes"/>.</summary>
    public static long PeakBytes() => BytesOf("VmHWM:");

    private static long BytesOf(string field) => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith(field, StringComparison.Ordinal))[field.Length..].Replace("kB", "").Trim(),
        CultureInfo.InvariantCulture);
}
