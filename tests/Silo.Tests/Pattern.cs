using System.Buffers.Binary;

namespace Cairn.Silo.Tests;

/// <summary>Bytes that are a function of a seed and their place, so that much can be written and checked without being kept.</summary>
internal static class Pattern
{
    private const int WordBytes = sizeof(ulong);

    /// <summary>Fills <paramref name="bytes"/> with the bytes at <paramref name="offsetBytes"/>, a multiple of 8 as their number is.</summary>
    public static void Fill(Span<byte> bytes, ulong seed, long offsetBytes)
    {
        for (int i = 0; i < bytes.Length; i += WordBytes)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[i..], Mix(seed + (ulong)(offsetBytes + i) / WordBytes));
        }
    }

    /// <summary>SplitMix64's output function: neighbours share nothing, so a page in the wrong place is seen.</summary>
    private static ulong Mix(ulong word)
    {
        word *= 0x9E3779B97F4A7C15;
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
        return word ^ (word >> 31);
    }
}
