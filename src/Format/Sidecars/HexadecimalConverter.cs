using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Format.Sidecars;

/// <summary>A checksum as <c>inspect --json</c> prints it: 8 hexadecimal digits.</summary>
internal sealed class HexadecimalConverter : JsonConverter<uint>
{
    public override uint Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: 8 } text
            && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
            ? value
            : throw new JsonException("8 hexadecimal digits are expected");

    public override void Write(Utf8JsonWriter writer, uint value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString("x8", CultureInfo.InvariantCulture));
}
