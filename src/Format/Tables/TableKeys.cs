namespace Cairn.Format.Tables;

/// <summary>The short keys that stand in the index block. Source: BytewiseComparator of tensorflow/core/lib/io/table_builder.cc.</summary>
internal static class TableKeys
{
    /// <summary>A key k with <paramref name="last"/> &lt;= k &lt; <paramref name="next"/>, shorter than <paramref name="last"/> if raising its first differing
    /// byte by one does it.</summary>
    public static ReadOnlySpan<byte> ShortestSeparator(ReadOnlySpan<byte> last, ReadOnlySpan<byte> next)
    {
        int i = last.CommonPrefixLength(next);
        if (i >= last.Length || i >= next.Length || last[i] == 0xFF || last[i] + 1 >= next[i])
        {
            return last;
        }

        byte[] separator = last[..(i + 1)].ToArray();
        separator[i]++;
        return separator;
    }

    /// <summary>A short key at or after <paramref name="last"/>: up to its first byte that can be raised, raised.</summary>
    public static ReadOnlySpan<byte> ShortSuccessor(ReadOnlySpan<byte> last)
    {
        int i = last.IndexOfAnyExcept((byte)0xFF);
        if (i < 0)
        {
            return last;
        }

        byte[] successor = last[..(i + 1)].ToArray();
        successor[i]++;
        return successor;
    }
}
