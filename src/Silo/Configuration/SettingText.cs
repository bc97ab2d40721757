using System.Globalization;
using System.Net;

namespace Cairn.Silo.Configuration;

/// <summary>Reads the text of settings. Each method throws a <see cref="FormatException"/> that says what the text should be.</summary>
internal static class SettingText
{
    public static int Integer(string text, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max
            ? value
            : throw new FormatException($"'{text}' is not a whole number from {min} to {max}.");

    public static long Bytes(string text, long min, long max)
    {
        if (!ByteSize.TryParse(text, out long bytes))
        {
            throw new FormatException($"'{text}' is not a number of bytes such as 67108864 or 64MiB.");
        }

        return bytes >= min && bytes <= max
            ? bytes
            : throw new FormatException($"'{text}' is outside {ByteSize.Format(min)} to {ByteSize.Format(max)}.");
    }

    public static bool Flag(string text) => bool.TryParse(text, out bool flag) ? flag : throw new FormatException($"'{text}' is neither true nor false.");

    public static T OneOf<T>(string text)
        where T : struct, Enum =>
        Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<T>(text, ignoreCase: true)
            : throw new FormatException($"'{text}' is none of {string.Join(", ", Enum.GetNames<T>())}.");

    public static string Name(string text, int lengthMax) =>
        text.Length <= lengthMax && text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? text
            : throw new FormatException($"'{text}' is not 1 to {lengthMax} letters, digits, '-', '_' and '.'.");

    public static IPAddress Address(string text) =>
        IPAddress.TryParse(text, out IPAddress? address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? address
            : throw new FormatException($"'{text}' is not an IP address that others can reach, such as 10.1.2.3.");

    public static IPEndPoint EndPoint(string text) =>
        IPEndPoint.TryParse(text, out IPEndPoint? endpoint) && endpoint.Port != 0
            ? endpoint
            : throw new FormatException($"'{text}' is not an IP address and a port, such as 127.0.0.1:11111.");

    /// <summary><c>http://IP:PORT</c>, where the IP may be <c>localhost</c> or <c>0.0.0.0</c>.</summary>
    public static IPEndPoint Http(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0)
        {
            throw new FormatException($"'{text}' is not of the form http://127.0.0.1:5310.");
        }

        if (uri.Scheme == "https")
        {
            throw new FormatException($"'{text}': the silo speaks plain HTTP/1.1; put a proxy that ends TLS before it, and give http:// here.");
        }

        string host = uri.IdnHost == "localhost" ? "127.0.0.1" : uri.IdnHost;
        return IPAddress.TryParse(host, out IPAddress? address)
            ? new IPEndPoint(address, uri.Port)
            : throw new FormatException($"'{text}': the host must be an IP address of this machine, localhost, or 0.0.0.0 for all.");
    }
}
