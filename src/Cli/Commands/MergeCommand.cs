using System.CommandLine;
using Cairn.Format.Bundles;
using Cairn.Storage.Addresses;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn merge</c>: joins the checkpoints of a sharded save.</summary>
internal static class MergeCommand
{
    public static Command Create()
    {
        Argument<string[]> sources = Arguments.Prefixes("The checkpoints to join, in the order that the data files shall have; of one store");
        Option<string> output = Arguments.Output("The merged checkpoint");
        Option<bool> move = new("--move") { Description = "Delete the checkpoints that were joined, once the merged one exists, as TensorFlow does" };
        Option<bool> allowMissing = new("--allow-missing") { Description = "Pass over checkpoints that are not there, as long as one is" };
        Option<bool> overwrite = new("--overwrite") { Description = "Replace a checkpoint that has the new name" };
        ExampleCommand command = new(
            "merge",
            "Joins checkpoints that hold different tensors, or different slices of the same, into one",
            "As TensorFlow's MergeV2Checkpoints after a sharded save. Data files are copied inside the store as they are, the merged index comes last. A tensor twice, "
                + "overlapping slices, and what could not be read afterwards are refused.",
            "cairn merge tmp/part-00000-of-00002 tmp/part-00001-of-00002 --output model/model.ckpt-1000")
        {
            sources, output, move, allowMissing, overwrite,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            string[] inputs = parsed.GetRequiredValue(sources);
            string destination = parsed.GetRequiredValue(output);
            StoreNames names = StoreNames.OfPrefixes([.. inputs, destination]);
            BundleMergeOptions options = new()
            {
                Overwrite = parsed.GetValue(overwrite),
                AllowsMissingInputs = parsed.GetValue(allowMissing),
                KeepsInputs = !parsed.GetValue(move),
            };
            CheckpointPrefix[] prefixes = [.. names.Names.Select(name => new CheckpointPrefix(name))];
            BundleIndex merged = await BundleMerger.MergeAsync(names.Store, prefixes[..^1], prefixes[^1], options, cancellation);
            long bytes = merged.Tensors.Sum(tensor => tensor.LengthBytes);
            OpenedPrefix made = new(destination, names.Store, prefixes[^1]);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(LayoutOptions.Summary(made, merged.Tensors.Length, bytes, merged.ShardCount));
        });
        return command;
    }
}
