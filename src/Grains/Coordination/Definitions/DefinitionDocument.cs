using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Cairn.Contracts.Models;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Definitions;

/// <summary>A definition as an object in the store, named by its content: <c>_cairn/definitions/SHA256</c>. The durable record points to it.</summary>
/// <remarks><code>
/// {"format":1,"name":MODEL,"policies":{"tornSteps":"Rollback"|"Accept","losses":"Rollback"|"Hold"}?,"variables":[VARIABLE...]}
/// VARIABLE = {"name","dtype":SHORT_NAME,"shape":[...],"shards":N,"trainable":BOOL,"initial":BASE64?,"average":{"name","decay"}?}
/// </code></remarks>
internal static class DefinitionDocument
{
    /// <summary>The longest document that is read: room for 100,000 variables with long names.</summary>
    public const int LengthBytesMax = 256 << 20;

    private const int Format = 1;

    /// <summary>The document's bytes; the same for the same definition.</summary>
    public static ReadOnlyMemory<byte> Write(ModelDefinition definition)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("name", definition.Name);
            WritePolicies(json, definition.Policies);
            json.WriteStartArray("variables");
            foreach (VariableDefinition variable in definition.Variables)
            {
                WriteVariable(json, variable);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    /// <summary>Where a document is: it is named by its content.</summary>
    public static DefinitionAddress AddressOf(ReadOnlySpan<byte> document)
    {
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(document));
        return new DefinitionAddress($"{OwnFolder.Path}definitions/{sha256}", sha256);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: the bytes are not those that the name promises.
    /// <see cref="CheckpointError.Unsupported"/>: a newer format.</exception>
    public static ModelDefinition Read(ReadOnlyMemory<byte> document, string blobName)
    {
        if (AddressOf(document.Span).BlobName != blobName)
        {
            throw CheckpointException.Corrupt(blobName, 0, "the SHA-256 of its bytes is not its name");
        }

        using JsonDocument json = JsonDocument.Parse(document);
        JsonElement root = json.RootElement;
        int format = root.GetProperty("format").GetInt32();
        if (format != Format)
        {
            throw new CheckpointException(CheckpointError.Unsupported, $"'{blobName}' is a definition of format {format}; this version reads format {Format}.");
        }

        return new ModelDefinition(
            root.GetProperty("name").GetString()!,
            [.. root.GetProperty("variables").EnumerateArray().Select(ReadVariable)],
            root.TryGetProperty("policies", out JsonElement policies) ? ReadPolicies(policies, blobName) : default);
    }

    // Left out where they are the default, so that the document of such a model keeps its name.
    private static void WritePolicies(Utf8JsonWriter json, ModelPolicies policies)
    {
        if (policies != default)
        {
            json.WriteStartObject("policies");
            json.WriteString("tornSteps", policies.TornSteps.ToString());
            json.WriteString("losses", policies.Losses.ToString());
            json.WriteEndObject();
        }
    }

    private static ModelPolicies ReadPolicies(JsonElement json, string blobName)
    {
        string? tornSteps = json.GetProperty("tornSteps").GetString();
        string? losses = json.GetProperty("losses").GetString();
        return Enum.TryParse(tornSteps, out TornStepPolicy forTears) && Enum.TryParse(losses, out LossPolicy forLosses)
            ? new ModelPolicies(forTears, forLosses)
            : throw new CheckpointException(
                CheckpointError.Unsupported, $"'{blobName}' has the policies '{tornSteps}' and '{losses}', which this version does not know.");
    }

    private static void WriteVariable(Utf8JsonWriter json, VariableDefinition variable)
    {
        json.WriteStartObject();
        json.WriteString("name", variable.Name);
        json.WriteString("dtype", variable.DType.ShortName());
        json.WriteStartArray("shape");
        foreach (long dimension in variable.Shape.Dimensions)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteNumber("shards", variable.ShardCount);
        json.WriteBoolean("trainable", variable.Trainable);
        if (variable.InitialElement is { } element)
        {
            json.WriteBase64String("initial", element);
        }

        if (variable.Average is { } average)
        {
            json.WriteStartObject("average");
            json.WriteString("name", average.Name);
            json.WriteNumber("decay", average.Decay);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static VariableDefinition ReadVariable(JsonElement json)
    {
        TensorDTypes.TryParse(json.GetProperty("dtype").GetString()!, out TensorDType dtype);
        ImmutableArray<long> shape = [.. json.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64())];
        return new VariableDefinition(
            json.GetProperty("name").GetString()!,
            dtype,
            new TensorShape(shape.AsSpan()),
            json.GetProperty("shards").GetInt32(),
            json.GetProperty("trainable").GetBoolean(),
            json.TryGetProperty("initial", out JsonElement element) ? element.GetBytesFromBase64() : null,
            json.TryGetProperty("average", out JsonElement average)
                ? new AverageDefinition(average.GetProperty("name").GetString()!, average.GetProperty("decay").GetSingle())
                : null);
    }
}
