using System.Text.Json;
using System.Text.Json.Serialization;
using Cairn.Format.Blobs;

namespace Cairn.Grains.Coordination.Records;

/// <summary>An ETag is a JSON string.</summary>
internal sealed class ETagJsonConverter : JsonConverter<BlobETag>
{
    public override BlobETag Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? throw new JsonException("An ETag is a string."));

    public override void Write(Utf8JsonWriter writer, BlobETag value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
