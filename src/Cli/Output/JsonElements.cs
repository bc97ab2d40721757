using System.Text;
using System.Text.Json;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Output;

/// <summary>Tensor elements in JSON: numbers as numbers, true and false; <c>"NaN"</c>, <c>"Infinity"</c>, <c>"-Infinity"</c> as strings, since JSON has none;
/// complex ones as [real, imaginary]; strings as strings; strings that are not UTF-8, and the protos of variants, as <c>{"base64": ...}</c>.</summary>
internal static class JsonElements
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static void Write(Utf8JsonWriter writer, TensorValue value, long index)
    {
        if (!value.DType.IsFixedSize())
        {
            WriteBytes(writer, value.Elements[(int)index].Span, value.DType == TensorDType.String);
            return;
        }

        TensorElement element = ElementAt(value, index);
        if (value.DType == TensorDType.Bool)
        {
            writer.WriteBooleanValue(element.Real != 0);
        }
        else if (element.Imaginary is { } imaginary)
        {
            writer.WriteStartArray();
            WriteNumber(writer, element.Real, null);
            WriteNumber(writer, imaginary, null);
            writer.WriteEndArray();
        }
        else
        {
            WriteNumber(writer, element.Real, element.Text);
        }
    }

    public static TensorElement ElementAt(TensorValue value, long index)
    {
        int elementBytes = value.DType.ElementBytes();
        return TensorElement.Read(value.DType, value.Bytes.Span.Slice(checked((int)(index * elementBytes)), elementBytes));
    }

    /// <summary>The name of a number that is not finite.</summary>
    public static string NameOf(double number) => double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";

    /// <summary>Writes the digits of the element's own type, so that a float is no longer than it must be.</summary>
    private static void WriteNumber(Utf8JsonWriter writer, double number, string? digits)
    {
        if (!double.IsFinite(number))
        {
            writer.WriteStringValue(NameOf(number));
        }
        else if (digits is null)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteRawValue(digits);
        }
    }

    private static void WriteBytes(Utf8JsonWriter writer, ReadOnlySpan<byte> bytes, bool isText)
    {
        if (isText)
        {
            try
            {
                writer.WriteStringValue(Strict.GetString(bytes));
                return;
            }
            catch (DecoderFallbackException)
            {
                // Not UTF-8: any bytes are a TensorFlow string.
            }
        }

        writer.WriteStartObject();
        writer.WriteBase64String("base64", bytes);
        writer.WriteEndObject();
    }
}
