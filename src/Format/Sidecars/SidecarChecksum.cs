using System.Globalization;
using System.Text;
using Cairn.Format.Checksums;

namespace Cairn.Format.Sidecars;

/// <summary>The last member of a sidecar, by which the document checks itself: what it says of steps and averages is nowhere else.</summary>
/// <remarks>
/// <code>
/// document = text, ',\n  "crc32c": "', 8 hexadecimal digits, '"\n}', white space*        text: all other members, without the brace that ends them
/// digits   = masked crc32c(everything before them)
/// </code>
/// </remarks>
internal static class SidecarChecksum
{
    /// <summary>What is said of a document without one, which may be one of another version.</summary>
    public const string Missing = "it does not end with its checksum";

    private const int DigitCount = 8;

    private static ReadOnlySpan<byte> Begin => ",\n  \"crc32c\": \""u8;

    private static ReadOnlySpan<byte> End => "\"\n}"u8;

    /// <summary>The document with its checksum.</summary>
    /// <param name="utf8">The document without, which ends with a line that is its last brace.</param>
    public static byte[] Append(ReadOnlySpan<byte> utf8)
    {
        byte[] head = [.. utf8[..^"\n}".Length], .. Begin];
        return [.. head, .. Encoding.ASCII.GetBytes(DigitsOf(head)), .. End];
    }

    /// <summary>What is wrong with the checksum of a document, or null.</summary>
    public static string? FaultOf(ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> document = utf8.TrimEnd(" \t\r\n"u8);
        int digits = document.Length - End.Length - DigitCount;
        if (digits < Begin.Length || !document.EndsWith(End) || !document[..digits].EndsWith(Begin))
        {
            return Missing;
        }

        string stored = Encoding.ASCII.GetString(document.Slice(digits, DigitCount));
        string actual = DigitsOf(document[..digits]);
        return stored == actual ? null : $"its checksum is {stored}, that of its text {actual}: it was changed since it was written";
    }

    private static string DigitsOf(ReadOnlySpan<byte> head) => Crc32C.Mask(Crc32C.Append(0, head)).ToString("x8", CultureInfo.InvariantCulture);
}
