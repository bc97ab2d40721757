using System.Globalization;

namespace Cairn.Cli.Output;

/// <summary>Numbers of bytes for people.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Three digits and a unit: <c>512 B</c>, <c>1.46 KiB</c>, <c>97.7 MiB</c>.</summary>
    public static string Short(long bytes)
    {
        double value = bytes;
        int unit = 0;

        // 1023.5 of a unit would be shown as 1024.
        while (Math.Abs(value) >= 1023.5 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        string format = unit == 0 || Math.Abs(value) >= 99.95 ? "0" : Math.Abs(value) >= 9.995 ? "0.0" : "0.00";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {Units[unit]}";
    }
}
