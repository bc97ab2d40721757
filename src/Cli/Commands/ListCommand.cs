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
            "Lists the checkpoints of a folder, oldest first, with ages and sizes",
            "A checkpoint is one whose index is there. '*' marks the latest by the 'checkpoint' file.",
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
            ListingText.WriteJson(writer, opened, listing);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteTable(TextWriter output, ImmutableArray<CheckpointListing> listings)
    {
        TextTable table = new(string.Empty, "checkpoint", "step", "written (UTC)", "age", "size", "data files", "meta");
        table.AlignRight(2, 4, 5, 6);
        foreach (CheckpointListing listing in listings)
        {
            string written = listing.LastModified.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            table.Add(
                listing.IsLatest ? "*" : string.Empty,
                listing.Prefix.FileName.Length == 0 ? "(empty name)" : listing.Prefix.FileName,
                $"{listing.Step}",
                written,
                ListingText.Age(listing),
                Sizes.Short(listing.IndexBytes + listing.DataBytes),
                $"{listing.DataFiles}",
                listing.HasMeta ? "yes" : "no");
        }

        table.Write(output);
        long bytes = listings.Sum(listing => listing.IndexBytes + listing.DataBytes);
        output.WriteLine();
        output.WriteLine($"{listings.Length} checkpoint(s), {Sizes.Short(bytes)}");
    }
}
