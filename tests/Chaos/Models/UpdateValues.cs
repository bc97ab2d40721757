namespace Cairn.Chaos.Models;

/// <summary>What an update contains, as a function of its seed: so a log line can say it in one number, before it is sent.</summary>
internal static class UpdateValues
{
    private const int AddedMax = 8; // An hour of these stays far below 2^24, up to which float32 counts exactly.

    /// <summary>Any float32 from -1 to 1, for variables that one trainer writes.</summary>
    public static float[] Reals(long seed, int count) => Make(seed, count, word => ((long)(word >> 40) - (1 << 23)) / (float)(1 << 23));

    /// <summary>Whole numbers from -8 to 8, for variables that all trainers add to.</summary>
    public static float[] Integers(long seed, int count) => Make(seed, count, word => (float)((int)(word % ((2 * AddedMax) + 1)) - AddedMax));

    /// <summary>Any int64.</summary>
    public static long[] Longs(long seed, int count) => Make(seed, count, word => (long)word);

    private static T[] Make<T>(long seed, int count, Func<ulong, T> toElement)
    {
        var values = new T[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = toElement(Mix((ulong)seed + ((ulong)i * 0x9E3779B97F4A7C15)));
        }

        return values;
    }

    // SplitMix64's output function.
    private static ulong Mix(ulong word)
    {
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
        return word ^ (word >> 31);
    }
}
