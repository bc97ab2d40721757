using System.Globalization;

namespace Cairn.Format.Checkpoints;

/// <summary>Spells a double as Python's <c>repr</c> does: the shortest digits that read back equal, an exponent below 1e-4 and from 1e16 on.</summary>
internal static class PythonDouble
{
    public static string Repr(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        // .NET finds the same digits, but changes to an exponent at other places and spells it differently. So: take its digits, lay them out anew.
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        string sign = shortest[0] == '-' ? "-" : "";
        string digits = string.Concat(shortest.TakeWhile(c => c != 'E').Where(char.IsAsciiDigit)).TrimStart('0').TrimEnd('0');
        if (digits.Length == 0)
        {
            return sign + "0.0";
        }

        int exponent = ExponentOf(shortest, digits);
        return sign + (exponent is < -4 or >= 16 ? Scientific(digits, exponent) : Positional(digits, exponent));
    }

    /// <summary>The power of ten of the first digit of <paramref name="digits"/>.</summary>
    private static int ExponentOf(string shortest, string digits)
    {
        string unsigned = shortest.TrimStart('-');
        int mark = unsigned.IndexOf('E', StringComparison.Ordinal);
        string mantissa = mark < 0 ? unsigned : unsigned[..mark];
        int exponent = mark < 0 ? 0 : int.Parse(unsigned.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        int whole = point < 0 ? mantissa.Length : point;
        int first = mantissa.IndexOf(digits[0], StringComparison.Ordinal);
        return exponent + (first < whole ? whole - first - 1 : whole - first);
    }

    private static string Scientific(string digits, int exponent)
    {
        string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits.AsSpan(1)}";
        return $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):D2}";
    }

    private static string Positional(string digits, int exponent)
    {
        if (exponent < 0)
        {
            return "0." + new string('0', -exponent - 1) + digits;
        }

        string padded = digits.PadRight(exponent + 2, '0');
        return $"{padded.AsSpan(0, exponent + 1)}.{padded.AsSpan(exponent + 1)}";
    }
}
