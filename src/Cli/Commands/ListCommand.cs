using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cairn.Cli.Output;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn list</c>: the checkpoints of a folder.</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        Argument<string> folder = Arguments.Folder();
        Option<bool> json = Arguments.Json();
        ExampleCommand command = new(
            "list",
            "Lists the checkpoints of a folder, oldest first: every one whose index is there. '*' marks the latest.",
            "cairn list model")
        {
            folder, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedFolder opened = OpenedFolder.Open(parsed.GetRequiredValue(folder));
            ImmutableArray<CheckpointListing> listings = await CheckpointFolder.ListAsync(opened.Store, opened.Name, cancellationToken: cancellation);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(output, writer => WriteJson(writer, opened, listings));
            }
            else if (listings.IsEmpty)
            {
                throw new CheckpointException(CheckpointError.NotFound, $"'{opened.Address}' holds no checkpoint (no file ends in .index).");
            }
            else
            {
                WriteTable(output, listings);
            }
        });
        return command;
    }

    private static void WriteJson(Utf8JsonWriter writer, OpenedFolder opened, ImmutableArray<CheckpointListing> listings)
    {
        writer.WriteStartObject();
        writer.WriteString("folder", opened.Address);
        writer.WriteStartArray("checkpoints");
        foreach (CheckpointListing listing in listings)
        {
            writer.WriteStartObject();
            writer.WriteString("prefix", opened.AddressOf(listing.Prefix));
            JsonOutput.WriteNumberOrNull(writer, "step", listing.Step);
            writer.WriteString("modified", listing.LastModified.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            writer.WriteNumber("bytes", listing.IndexBytes + listing.DataBytes);
            writer.WriteNumber("dataFiles", listing.DataFiles);
            writer.WriteBoolean("hasMeta", listing.HasMeta);
            writer.WriteBoolean("named", listing.IsNamed);
            writer.WriteBoolean("latest", listing.IsLatest);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteTable(TextWriter output, ImmutableArray<CheckpointListing> listings)
    {
        TextTable table = new(string.Empty, "checkpoint", "step", "written (UTC)", "bytes", "data files", "meta");
        foreach (CheckpointListing listing in listings)
        {
            string written = listing.LastModified.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            string bytes = (listing.IndexBytes + listing.DataBytes).ToString("N0", CultureInfo.InvariantCulture);
            string name = listing.Prefix.FileName.Length == 0 ? "(empty name)" : listing.Prefix.FileName;
            table.Add(listing.IsLatest ? "*" : string.Empty, name, $"{listing.Step}", written, bytes, $"{listing.DataFiles}", listing.HasMeta ? "yes" : "no");
        }

        table.Write(output);
    }
}
