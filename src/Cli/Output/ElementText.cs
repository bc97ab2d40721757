using System.Text;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Output;

/// <summary>Elements of varying length for people.</summary>
internal static class ElementText
{
    /// <summary>A string as Python prints bytes; of a variant its length.</summary>
    public static string OfBytes(TensorValue value, long index)
    {
        ReadOnlySpan<byte> bytes = value.Elements[(int)index].Span;
        return value.DType == TensorDType.String ? Quote(bytes) : $"<variant of {bytes.Length} bytes>";
    }

    // Printable ASCII as it is, the rest as \xNN.
    private static string Quote(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new("b'");
        foreach (byte value in bytes)
        {
            _ = value switch
            {
                (byte)'\\' or (byte)'\'' => text.Append('\\').Append((char)value),
                >= 0x20 and < 0x7f => text.Append((char)value),
                _ => text.Append($"\\x{value:x2}"),
            };
        }

        return text.Append('\'').ToString();
    }
}
