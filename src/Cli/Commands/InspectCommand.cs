using System.CommandLine;
using System.Text.Json;
using Cairn.Cli.Output;
using Cairn.Format.Bundles;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn inspect</c>: what a checkpoint holds. It needs the index only.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        Argument<string> prefix = Arguments.Prefix();
        Option<bool> json = Arguments.Json();
        ExampleCommand command = new(
            "inspect",
            "Lists the tensors of a checkpoint: type, shape, place, size, checksum. Reads the index only.",
            "cairn inspect model/model.ckpt-1000")
        {
            prefix, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix opened = OpenedPrefix.Open(parsed.GetRequiredValue(prefix));
            BundleIndex index = await BundleIndex.ReadAsync(opened.Store, opened.Prefix, cancellation);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(output, writer => WriteJson(writer, opened.Address, index));
            }
            else
            {
                WriteTable(output, index);
            }
        });
        return command;
    }

    private static void WriteJson(Utf8JsonWriter writer, string address, BundleIndex index)
    {
        writer.WriteStartObject();
        writer.WriteString("prefix", address);
        writer.WriteNumber("shards", index.ShardCount);
        writer.WriteString("endianness", Endianness(index));
        writer.WriteNumber("producer", index.Producer);
        writer.WriteStartArray("tensors");
        foreach (BundleTensor tensor in index.Tensors)
        {
            writer.WriteStartObject();
            writer.WriteString("name", tensor.Name);
            writer.WriteString("dtype", tensor.DType.ShortName());
            JsonOutput.WriteShape(writer, "shape", tensor.Shape);
            WritePlace(writer, tensor.IsPartitioned ? null : tensor.Parts[0].Entry, tensor.LengthBytes);
            writer.WriteStartArray("slices");
            foreach (BundlePart part in tensor.IsPartitioned ? tensor.Parts : [])
            {
                WriteSlice(writer, part);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteSlice(Utf8JsonWriter writer, BundlePart part)
    {
        writer.WriteStartObject();
        writer.WriteString("slice", part.Slice.ToString());
        JsonOutput.WriteShape(writer, "shape", part.Entry.Shape);
        WritePlace(writer, part.Entry, part.Entry.Data.LengthBytes);
        writer.WriteEndObject();
    }

    /// <summary>Where the bytes are; a partitioned tensor has no place of its own, but the size of all its slices.</summary>
    private static void WritePlace(Utf8JsonWriter writer, BundleEntry? entry, long lengthBytes)
    {
        if (entry is null)
        {
            writer.WriteNull("shard");
            writer.WriteNull("offset");
            writer.WriteNumber("size", lengthBytes);
            writer.WriteNull("crc32c");
            return;
        }

        writer.WriteNumber("shard", entry.Data.ShardIndex);
        writer.WriteNumber("offset", entry.Data.OffsetBytes);
        writer.WriteNumber("size", lengthBytes);
        writer.WriteString("crc32c", Checksum(entry));
    }

    private static void WriteTable(TextWriter output, BundleIndex index)
    {
        TextTable table = new("name", "dtype", "shape", "file", "offset", "bytes", "crc32c");
        foreach (BundleTensor tensor in index.Tensors)
        {
            foreach (BundlePart part in tensor.Parts)
            {
                string name = tensor.IsPartitioned ? $"{tensor.Name}  {part.Slice}" : tensor.Name;
                BundleEntry entry = part.Entry;
                (int file, long offsetBytes, long lengthBytes, _) = entry.Data;
                table.Add(name, entry.DType.ShortName(), $"{entry.Shape}", $"{file}", $"{offsetBytes}", $"{lengthBytes}", Checksum(entry));
            }
        }

        table.Write(output);
        output.WriteLine();
        long bytes = index.Tensors.Sum(tensor => tensor.LengthBytes);
        output.WriteLine(
            $"{index.Tensors.Length} tensors, {bytes:N0} bytes, {index.ShardCount} data file(s), {Endianness(index)}-endian, producer {index.Producer}");
    }

    private static string Endianness(BundleIndex index) => index.IsBigEndian ? "big" : "little";

    private static string Checksum(BundleEntry entry) => entry.Data.MaskedCrc32C.ToString("x8");
}
