using System.CommandLine;
using Cairn.Format.Bundles;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn copy</c>: copies a checkpoint, checking every tensor on the way.</summary>
internal static class CopyCommand
{
    public static Command Create()
    {
        Argument<string> source = Arguments.Prefix("SRC", "The checkpoint to copy");
        Argument<string> destination = Arguments.Prefix("DST", "The new checkpoint");
        Option<bool> overwrite = new("--overwrite") { Description = "Replace a checkpoint that has the new name" };
        ExampleCommand command = new(
            "copy",
            "Copies a checkpoint, to another store too: every tensor is checked, data files stay as they are, the index is not compressed, .meta comes along.",
            "cairn copy model/model.ckpt-1000 backup/model.ckpt-1000")
        {
            source, destination, overwrite,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix from = OpenedPrefix.Open(parsed.GetRequiredValue(source));
            OpenedPrefix to = OpenedPrefix.Open(parsed.GetRequiredValue(destination));
            BundleIndex index = await BundleCopier.CopyAsync(from.Location, to.Location, parsed.GetValue(overwrite), cancellation);
            long bytes = index.Tensors.Sum(tensor => tensor.LengthBytes);
            string summary = $"{to.Address}: {index.Tensors.Length} tensors, {bytes:N0} bytes, {index.ShardCount} data file(s)";
            await parsed.InvocationConfiguration.Output.WriteLineAsync(summary);
        });
        return command;
    }
}
