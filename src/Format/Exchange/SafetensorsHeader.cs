using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;

namespace Cairn.Format.Exchange;

/// <summary>The head of a safetensors file: which tensors there are, and where.</summary>
/// <param name="Tensors">In the order of their bytes, which leave no gap.</param>
/// <param name="DataOffsetBytes">Where the bytes begin in the file.</param>
/// <remarks><code>
/// file   = u64 little-endian N | N bytes of JSON, padded with spaces to 8 | tensors, row-major little-endian, without gaps
/// JSON   = { "__metadata__": { text: text }, NAME: { "dtype": "F32", "shape": [2,3], "data_offsets": [begin, end] }, ... }   offsets from the end of the JSON
/// </code>Source: the README and lib.rs of the safetensors project.</remarks>
internal sealed record SafetensorsHeader(ImmutableArray<SafetensorsTensor> Tensors, long DataOffsetBytes)
{
    /// <summary>The longest JSON, the format's own limit.</summary>
    public const int JsonBytesMax = 100_000_000;

    private const string MetadataKey = "__metadata__";

    /// <summary>How its own writer escapes: quotes, backslashes and control characters only.</summary>
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The length of the JSON, from the first 8 bytes of a file.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: no such file begins so.</exception>
    public static int JsonLength(ReadOnlySpan<byte> head, long fileBytes, string file)
    {
        ulong length = head.Length < sizeof(ulong) ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(head);
        return length is >= 2 and <= JsonBytesMax && (long)length <= fileBytes - sizeof(ulong)
            ? (int)length
            : throw CheckpointException.Corrupt(file, 0, $"no safetensors file begins so: its header would have {length} bytes of {fileBytes}");
    }

    /// <summary>Reads the JSON.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: it is damaged. <see cref="CheckpointError.Unsupported"/>: a tensor has a type
    /// that no checkpoint has.</exception>
    public static SafetensorsHeader Parse(ReadOnlyMemory<byte> json, long fileBytes, string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            long dataOffset = sizeof(ulong) + json.Length;
            ImmutableArray<SafetensorsTensor> tensors =
            [
                .. document.RootElement.EnumerateObject().Where(property => property.Name != MetadataKey)
                    .Select(property => ParseTensor(property, file)).OrderBy(tensor => tensor.BeginBytes).ThenBy(tensor => tensor.EndBytes),
            ];
            CheckPlaces(tensors, fileBytes - dataOffset, file);
            return new SafetensorsHeader(tensors, dataOffset);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw CheckpointException.Corrupt(file, sizeof(ulong), $"the header is not that of a safetensors file: {fault.Message}", fault);
        }
    }

    /// <summary>Lays tensors out as the format's own writer does: by type, the widest first, then by name.</summary>
    /// <param name="tensors">All of types that the format has.</param>
    public static SafetensorsHeader Plan(IEnumerable<TensorSource> tensors)
    {
        ImmutableArray<SafetensorsTensor>.Builder placed = ImmutableArray.CreateBuilder<SafetensorsTensor>();
        long at = 0;
        foreach (TensorSource tensor in tensors.OrderByDescending(tensor => SafetensorsTypes.Rank(tensor.DType)).ThenBy(tensor => tensor.Name, Utf8Order.Instance))
        {
            placed.Add(new SafetensorsTensor(tensor.Name, tensor.DType, tensor.Shape, at, checked(at + tensor.LengthBytes)));
            at += tensor.LengthBytes;
        }

        return new SafetensorsHeader(placed.ToImmutable(), 0);
    }

    /// <summary>The beginning of the file, up to the tensors.</summary>
    /// <param name="metadata">Texts that the file carries.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: more tensors than the format allows.</exception>
    public byte[] ToBytes(IReadOnlyDictionary<string, string> metadata)
    {
        using MemoryStream stream = new();
        stream.Write(new byte[sizeof(ulong)]);
        using (Utf8JsonWriter writer = new(stream, Writing))
        {
            writer.WriteStartObject();
            if (metadata.Count > 0)
            {
                writer.WriteStartObject(MetadataKey);
                foreach ((string key, string text) in metadata)
                {
                    writer.WriteString(key, text);
                }

                writer.WriteEndObject();
            }

            foreach (SafetensorsTensor tensor in Tensors)
            {
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", SafetensorsTypes.NameOf(tensor.DType));
                WriteNumbers(writer, "shape", tensor.Shape.Dimensions);
                WriteNumbers(writer, "data_offsets", [tensor.BeginBytes, tensor.EndBytes]);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        while (stream.Length % sizeof(ulong) != 0)
        {
            stream.WriteByte((byte)' ');
        }

        if (stream.Length - sizeof(ulong) > JsonBytesMax)
        {
            throw new CheckpointException(
                CheckpointError.LimitExceeded, $"The header of a safetensors file has {JsonBytesMax} bytes at most; {Tensors.Length} tensors do not fit in one file.");
        }

        byte[] bytes = stream.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - sizeof(ulong));
        return bytes;
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, IEnumerable<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (long number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private static SafetensorsTensor ParseTensor(JsonProperty property, string file)
    {
        string type = property.Value.GetProperty("dtype").GetString() ?? string.Empty;
        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64())];
        long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        TensorDType dtype = SafetensorsTypes.Parse(type) ?? throw new CheckpointException(
            CheckpointError.Unsupported, $"'{property.Name}' in '{file}' has type {type}, which no checkpoint has; write it in another type.");
        Int128 length = (Int128)(TensorShape.CountElements(shape) ?? -1) * dtype.ElementBytes();
        return shape.Length <= TensorShape.RankMax && offsets.Length == 2 && offsets[0] >= 0 && offsets[1] - offsets[0] == length
            ? new SafetensorsTensor(property.Name, dtype, new TensorShape(shape), offsets[0], offsets[1])
            : throw CheckpointException.Corrupt(
                file, sizeof(ulong), $"'{property.Name}' of {type} [{string.Join(',', shape.Take(TensorShape.RankMax))}] cannot lie at [{string.Join(',', offsets)}]");
    }

    private static void CheckPlaces(ImmutableArray<SafetensorsTensor> tensors, long dataBytes, string file)
    {
        long at = 0;
        foreach (SafetensorsTensor tensor in tensors)
        {
            if (tensor.BeginBytes != at)
            {
                throw CheckpointException.Corrupt(file, sizeof(ulong), $"'{tensor.Name}' begins at {tensor.BeginBytes}, not at {at} where the one before it ends");
            }

            at = tensor.EndBytes;
        }

        if (at != dataBytes)
        {
            throw CheckpointException.Corrupt(file, sizeof(ulong), $"its tensors end at {at}, but the file has {dataBytes} bytes for them");
        }
    }
}
