using System.Text;

namespace Cairn.Client;

/// <summary>The order of keys in a checkpoint: by the bytes of their UTF-8 names. (Ordinal order of UTF-16 differs from it above U+FFFF.)</summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static Utf8Order Instance { get; } = new();

    public int Compare(string? x, string? y) => Encoding.UTF8.GetBytes(x ?? string.Empty).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y ?? string.Empty));
}
