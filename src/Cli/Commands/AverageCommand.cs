using System.Collections.Immutable;
using System.CommandLine;
using Cairn.Format.Bundles;
using Cairn.Format.Rewriting;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn average</c>: the mean of several checkpoints.</summary>
internal static class AverageCommand
{
    public static Command Create()
    {
        Argument<string[]> sources = Arguments.Prefixes("The checkpoints of one model, in the order of training");
        Option<string> output = Arguments.Output("The averaged checkpoint");
        LayoutOptions layout = new();
        ExampleCommand command = new(
            "average",
            "Writes the mean of several checkpoints of one model",
            "Floating-point and complex tensors are summed as doubles, divided, and rounded once; of all others (steps, integers, strings) the last checkpoint's values "
                + "are taken. All must hold tensors of the same names, types and shapes. .meta of the first comes along.",
            "cairn average model/model.ckpt-800 model/model.ckpt-900 model/model.ckpt-1000 --output model/mean.ckpt")
        {
            sources, output,
        };
        layout.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix to = OpenedPrefix.Open(parsed.GetRequiredValue(output));
            List<(string, ImmutableArray<TensorSource>)> checkpoints = [];
            (int, BundleLocation?) origin = default;
            foreach (string source in parsed.GetRequiredValue(sources))
            {
                OpenedPrefix from = OpenedPrefix.Open(source);
                BundleReader reader = await BundleReader.OpenAsync(from.Store, from.Prefix, cancellation);
                origin = checkpoints.Count == 0 ? (reader.Index.ShardCount, from.Location) : origin;
                checkpoints.Add((source, TensorSources.Of(reader)));
            }

            await layout.WriteAsync(parsed, CheckpointMeans.Of(checkpoints), to, origin, cancellation);
        });
        return command;
    }
}
