using System.Text;

namespace Cairn.Simulation.Engine;

/// <summary>Numbers that look random and depend on nothing but their inputs, so that one story does not change another with the order in which its parts ask.</summary>
internal static class Chance
{
    /// <summary>Mixes a number into a hash (SplitMix64's finaliser).</summary>
    public static ulong Mix(ulong hash, ulong value)
    {
        ulong z = hash + (value * 0x9E3779B97F4A7C15UL) + 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>Mixes three numbers into a hash.</summary>
    public static ulong Mix(ulong hash, ulong a, ulong b, ulong c) => Mix(Mix(Mix(hash, a), b), c);

    /// <summary>A hash of a text that is the same in every process (FNV-1a).</summary>
    public static ulong Of(string text)
    {
        ulong hash = 14695981039346656037UL;
        foreach (char letter in text)
        {
            hash = (hash ^ letter) * 1099511628211UL;
        }

        return hash;
    }

    /// <summary>From 0 to 1, 1 excluded.</summary>
    public static double Unit(ulong hash) => (hash >> 11) * (1.0 / (1UL << 53));

    /// <summary>An id made of a hash.</summary>
    public static Guid Id(ulong hash)
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, Mix(hash, 1));
        BitConverter.TryWriteBytes(bytes[8..], Mix(hash, 2));
        return new Guid(bytes);
    }
}
