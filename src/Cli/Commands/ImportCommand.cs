using System.CommandLine;
using Cairn.Format.Exchange;
using Cairn.Format.Rewriting;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn import</c>: a checkpoint of tensors that PyTorch, JAX or numpy wrote.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        Argument<string> file = ExchangeFormat.File("The file to read; of a model in several safetensors files their model.safetensors.index.json");
        Argument<string> destination = Arguments.Prefix("DST", "The new checkpoint");
        Option<string?> from = ExchangeFormat.Option("--from");
        SelectionOptions selection = new();
        LayoutOptions layout = new();
        ExampleCommand command = new(
            "import",
            "Makes a checkpoint of a safetensors file or of numpy's npz",
            "numpy's bytes and text become strings; V2, as which bfloat16 is saved, becomes bfloat16; arrays of objects, dates and records are refused. PyTorch's names "
                + "have dots where TensorFlow's have slashes; the example changes them.",
            "cairn import model.safetensors model/model.ckpt --map-regex '\\.=/'")
        {
            file, destination, from,
        };
        selection.AddTo(command);
        layout.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            string address = parsed.GetRequiredValue(file);
            OpenedPrefix to = OpenedPrefix.Open(parsed.GetRequiredValue(destination));
            ExchangeBlob blob = ExchangeFormat.Open(address);
            IReadOnlyCollection<TensorSource> tensors = ExchangeFormat.Of(parsed.GetValue(from), address, from.Name) == ExchangeFormat.Npz
                ? await NpzReader.OpenAsync(blob, cancellation)
                : await SafetensorsReader.OpenAsync(blob, cancellation);
            await layout.WriteAsync(parsed, selection.Apply(parsed, tensors), to, (1, null), cancellation);
        });
        return command;
    }
}
