using System.Runtime.InteropServices;

namespace Cairn.Simulation.Checks;

/// <summary>Reads the shared variable: its first column counts the steps of each trainer.</summary>
internal static class Clocks
{
    /// <summary>The first column of a shard.</summary>
    public static long[] Of(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<long> all = MemoryMarshal.Cast<byte, long>(bytes);
        var clocks = new long[all.Length / 2];
        for (int row = 0; row < clocks.Length; row++)
        {
            clocks[row] = all[2 * row];
        }

        return clocks;
    }
}
