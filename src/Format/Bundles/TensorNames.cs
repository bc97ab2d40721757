using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Cairn.Format.Bundles;

/// <summary>Keys of an index are bytes, names are text. A key that is not UTF-8 is shown with <c>\xNN</c> for each byte that does not belong.</summary>
internal static class TensorNames
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The key of a name.</summary>
    /// <exception cref="ArgumentException">The name holds half a surrogate pair.</exception>
    public static byte[] KeyOf(string name) => Strict.GetBytes(name);

    /// <summary>The name of a key.</summary>
    public static string NameOf(ReadOnlySpan<byte> key)
    {
        if (Utf8.IsValid(key))
        {
            return Encoding.UTF8.GetString(key);
        }

        var name = new StringBuilder(key.Length);
        while (!key.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(key, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
            {
                name.Append(rune.ToString());
            }
            else
            {
                foreach (byte stray in key[..length])
                {
                    name.Append(CultureInfo.InvariantCulture, $"\\x{stray:x2}");
                }
            }

            key = key[length..];
        }

        return name.ToString();
    }
}
