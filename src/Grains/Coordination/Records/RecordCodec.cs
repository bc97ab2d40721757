using System.Text.Json;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Records;

/// <summary>The record as bytes: UTF-8 JSON of at most <see cref="LengthBytesMax"/>.</summary>
internal static class RecordCodec
{
    /// <summary>The longest record: it is read and written whole at every step of a save.</summary>
    public const int LengthBytesMax = 4 << 20;

    /// <summary>How long a record is, too long or not.</summary>
    public static long LengthBytesOf(CoordinatorRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, RecordJson.Default.CoordinatorRecord).Length;

    /// <summary>The bytes of a record.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: it grew too long.</exception>
    public static byte[] Write(CoordinatorRecord record)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(record, RecordJson.Default.CoordinatorRecord);
        return bytes.Length <= LengthBytesMax
            ? bytes
            : throw new CheckpointException(
                CheckpointError.LimitExceeded,
                $"The record of model '{record.Model}' would have {bytes.Length} bytes, {LengthBytesMax} at most: keep fewer checkpoints (max_to_keep), "
                    + "or map fewer names in one save.");
    }

    /// <summary>Reads a record.</summary>
    /// <param name="utf8">All of its bytes.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: no record. <see cref="CheckpointError.Unsupported"/>: one of another
    /// version.</exception>
    public static CoordinatorRecord Read(ReadOnlySpan<byte> utf8, string file)
    {
        try
        {
            CheckVersion(utf8, file);
            return JsonSerializer.Deserialize(utf8, RecordJson.Default.CoordinatorRecord) ?? throw new JsonException("it is null");
        }
        catch (JsonException fault)
        {
            throw new CheckpointException(CheckpointError.Corrupt, $"'{file}' is no model's record: {fault.Message}", fault);
        }
    }

    // Before anything else, so that a newer record is called newer, not damaged.
    private static void CheckVersion(ReadOnlySpan<byte> utf8, string file)
    {
        var reader = new Utf8JsonReader(utf8);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("version", out JsonElement version)
            || version.ValueKind != JsonValueKind.Number
            || !version.TryGetInt32(out int number))
        {
            throw new JsonException("it has no version");
        }

        if (number != CoordinatorRecord.VersionCurrent)
        {
            throw new CheckpointException(
                CheckpointError.Unsupported,
                $"'{file}' is a record of version {number}; this program reads version {CoordinatorRecord.VersionCurrent}. Use the program that wrote it.");
        }
    }
}
