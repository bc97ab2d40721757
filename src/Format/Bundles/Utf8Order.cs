using System.Text;

namespace Cairn.Format.Bundles;

/// <summary>Names in the order of an index: unsigned UTF-8 bytes, which is the order of code points. UTF-16 order differs beyond the basic plane.</summary>
public sealed class Utf8Order : IComparer<string>
{
    /// <summary>The one comparer.</summary>
    public static Utf8Order Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
        {
            return x is null ? (y is null ? 0 : -1) : 1;
        }

        StringRuneEnumerator left = x.EnumerateRunes();
        StringRuneEnumerator right = y.EnumerateRunes();
        while (left.MoveNext())
        {
            if (!right.MoveNext())
            {
                return 1;
            }

            int order = left.Current.CompareTo(right.Current);
            if (order != 0)
            {
                return order;
            }
        }

        return right.MoveNext() ? -1 : 0;
    }
}
