using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cairn.Cli.Output;
using Cairn.Format.Bundles;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn inspect</c>: what a checkpoint holds. It needs the index only.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        Argument<string> prefix = Arguments.Prefix();
        Option<bool> tree = new("--tree") { Description = "Show a tree of the names' scopes with their sizes" };
        Option<int> depth = new("--depth")
        {
            Description = "Open the tree so far, and no further; 1 shows the outermost scopes",
            HelpName = "N",
            DefaultValueFactory = _ => int.MaxValue,
        };
        Option<string?> filter = Arguments.Filter();
        Option<string> sort = new("--sort")
        {
            Description = "The order: by name, by size (largest first), or by place in the data files",
            DefaultValueFactory = _ => "name",
        };
        sort.AcceptOnlyFromAmong("name", "size", "shard");
        Option<bool> json = Arguments.Json();
        ExampleCommand command = new(
            "inspect",
            "Lists the tensors of a checkpoint: type, shape, place, size, checksum",
            "Reads the index only; the data files need not be there. The checksum is shown as the index stores it, masked.",
            "cairn inspect model/model.ckpt-1000 --tree --depth 2 --sort size")
        {
            prefix, tree, depth, filter, sort, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix opened = OpenedPrefix.Open(parsed.GetRequiredValue(prefix));
            BundleIndex index = await BundleIndex.ReadAsync(opened.Store, opened.Prefix, cancellation);
            NameGlob glob = new(parsed.GetValue(filter) ?? "*");
            BundleTensor[] tensors = Sort([.. index.Tensors.Where(tensor => glob.IsMatch(tensor.Name))], parsed.GetRequiredValue(sort));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(output, writer => WriteJson(writer, opened.Address, index, tensors));
            }
            else if (parsed.GetValue(tree))
            {
                TensorTree.Of(opened.Prefix.FileName, tensors, parsed.GetValue(sort) == "size").Write(output, parsed.GetValue(depth));
                WriteSummary(output, index, tensors);
            }
            else
            {
                WriteTable(output, tensors);
                WriteSummary(output, index, tensors);
            }
        });
        return command;
    }

    private static BundleTensor[] Sort(BundleTensor[] tensors, string order) => order switch
    {
        "size" => [.. tensors.OrderByDescending(tensor => tensor.LengthBytes)],
        "shard" => [.. tensors.OrderBy(tensor => tensor.Parts[0].Entry.Data.ShardIndex).ThenBy(tensor => tensor.Parts[0].Entry.Data.OffsetBytes)],
        _ => tensors,
    };

    private static void WriteJson(Utf8JsonWriter writer, string address, BundleIndex index, BundleTensor[] tensors)
    {
        writer.WriteStartObject();
        writer.WriteString("prefix", address);
        writer.WriteNumber("shards", index.ShardCount);
        writer.WriteString("endianness", Endianness(index));
        writer.WriteNumber("producer", index.Producer);
        writer.WriteStartArray("tensors");
        foreach (BundleTensor tensor in tensors)
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

    private static void WriteTable(TextWriter output, BundleTensor[] tensors)
    {
        TextTable table = new("name", "dtype", "shape", "file", "offset", "bytes", "crc32c");
        table.AlignRight(3, 4, 5);
        foreach (BundleTensor tensor in tensors)
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
    }

    private static void WriteSummary(TextWriter output, BundleIndex index, BundleTensor[] tensors)
    {
        long bytes = tensors.Sum(tensor => tensor.LengthBytes);
        string count = tensors.Length == index.Tensors.Length ? $"{tensors.Length}" : $"{tensors.Length} of {index.Tensors.Length}";
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} tensors, {bytes:N0} bytes, {index.ShardCount} data file(s), {Endianness(index)}-endian, producer {index.Producer}"));
    }

    private static string Endianness(BundleIndex index) => index.IsBigEndian ? "big" : "little";

    private static string Checksum(BundleEntry entry) => entry.Data.MaskedCrc32C.ToString("x8", CultureInfo.InvariantCulture);
}
