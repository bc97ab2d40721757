using System.Globalization;

namespace Cairn.Silo.Configuration;

/// <summary>Numbers of bytes as people write them: <c>67108864</c>, <c>64MiB</c>, <c>1.5 GiB</c>.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, long Bytes)[] Units = [("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1)];

    public static bool TryParse(string text, out long bytes)
    {
        text = text.Trim();
        (string unit, long factor) = Units.FirstOrDefault(u => text.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase), ("", 1));
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite;
        bool isNumber = decimal.TryParse(text[..^unit.Length], Style, CultureInfo.InvariantCulture, out decimal number);
        bool fits = isNumber && number <= long.MaxValue / factor && number * factor % 1 == 0;
        bytes = fits ? (long)(number * factor) : 0;
        return fits;
    }

    /// <summary>The number in the largest unit that divides it.</summary>
    public static string Format(long bytes)
    {
        (string unit, long factor) = bytes == 0 ? Units[^1] : Units.First(u => bytes % u.Bytes == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / factor} {unit}");
    }
}
