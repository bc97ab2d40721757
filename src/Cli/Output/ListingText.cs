using System.Globalization;
using System.Text.Json;
using Cairn.Format.Checkpoints;

namespace Cairn.Cli.Output;

/// <summary>A checkpoint of a folder, for people and for programs.</summary>
internal static class ListingText
{
    /// <summary>How long ago it was written.</summary>
    public static string Age(CheckpointListing listing) => Ages.Short(TimeProvider.System.GetUtcNow() - listing.LastModified);

    /// <summary>Address, step, age and size in a line.</summary>
    public static string Line(OpenedFolder folder, CheckpointListing listing)
    {
        string step = listing.Step is { } number ? $"step {number}, " : string.Empty;
        return $"{folder.AddressOf(listing.Prefix)}  ({step}{Age(listing)} old, {Sizes.Short(listing.IndexBytes + listing.DataBytes)})";
    }

    /// <summary>An object.</summary>
    public static void WriteJson(Utf8JsonWriter writer, OpenedFolder folder, CheckpointListing listing)
    {
        writer.WriteStartObject();
        writer.WriteString("prefix", folder.AddressOf(listing.Prefix));
        JsonOutput.WriteNumberOrNull(writer, "step", listing.Step);
        writer.WriteString("modified", listing.LastModified.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        writer.WriteNumber("bytes", listing.IndexBytes + listing.DataBytes);
        writer.WriteNumber("dataFiles", listing.DataFiles);
        writer.WriteBoolean("hasMeta", listing.HasMeta);
        writer.WriteBoolean("named", listing.IsNamed);
        writer.WriteBoolean("latest", listing.IsLatest);
        writer.WriteEndObject();
    }
}
