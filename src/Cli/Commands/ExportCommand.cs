using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Cairn.Cli.Output;
using Cairn.Format.Bundles;
using Cairn.Format.Exchange;
using Cairn.Format.Rewriting;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn export</c>: a checkpoint's tensors for PyTorch, JAX and numpy.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        Argument<string> source = Arguments.Prefix("SRC", "The checkpoint");
        Argument<string> file = ExchangeFormat.File("The file to write");
        Option<string?> to = ExchangeFormat.Option("--to");
        Option<string[]> metadata = new("--metadata")
        {
            Description = "A text that a safetensors file carries, such as format=pt; may be repeated",
            HelpName = "KEY=TEXT",
        };
        Option<bool> overwrite = new("--overwrite") { Description = "Replace a file of that name" };
        SelectionOptions selection = new();
        ExampleCommand command = new(
            "export",
            "Writes tensors for other programs: safetensors (PyTorch, JAX) or npz (numpy)",
            "Partitioned tensors become whole. What the format has no type for: numpy has no bfloat16 and no float8, which become float32, every value exactly; strings "
                + "become numpy's bytes, and do not go into safetensors; quantised types, those of fewer than 8 bits, and variants are refused by name (--exclude "
                + "them). An array of more than 64 MiB is read twice for npz, whose checksums stand before the data.",
            "cairn export model/model.ckpt-1000 model.safetensors --exclude '*/Adam*' --exclude global_step")
        {
            source, file, to, metadata, overwrite,
        };
        selection.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix from = OpenedPrefix.Open(parsed.GetRequiredValue(source));
            string address = parsed.GetRequiredValue(file);
            string format = ExchangeFormat.Of(parsed.GetValue(to), address, to.Name);
            BundleReader reader = await BundleReader.OpenAsync(from.Store, from.Prefix, cancellation);
            IReadOnlyCollection<TensorSource> tensors = selection.Apply(parsed, TensorSources.Of(reader));
            long bytes = tensors.Sum(tensor => tensor.LengthBytes);
            using (ProgressLine? progress = ProgressLine.Begin(parsed, "exporting", bytes))
            {
                ExportOptions options = new()
                {
                    Overwrite = parsed.GetValue(overwrite),
                    Progress = progress,
                    Metadata = ImmutableSortedDictionary.CreateRange(
                        (parsed.GetValue(metadata) ?? []).Select(text => Pairs.Split(metadata.Name, text, "KEY=TEXT"))
                            .Select(pair => KeyValuePair.Create(pair.Left, pair.Right))),
                };
                ExchangeBlob blob = ExchangeFormat.Open(address);
                await (format == ExchangeFormat.Npz
                    ? NpzWriter.WriteAsync(tensors, blob, options, cancellation)
                    : SafetensorsWriter.WriteAsync(tensors, blob, options, cancellation));
            }

            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"{address}: {tensors.Count} tensors, {bytes:N0} bytes, {format}"));
        });
        return command;
    }
}
