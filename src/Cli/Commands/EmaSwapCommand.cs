using System.CommandLine;
using Cairn.Format.Bundles;
using Cairn.Format.Rewriting;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn ema-swap</c>: moving averages in the place of their variables.</summary>
internal static class EmaSwapCommand
{
    public static Command Create()
    {
        Argument<string> source = Arguments.Prefix("SRC", "The checkpoint with averages");
        Argument<string> destination = Arguments.Prefix("DST", "The new checkpoint");
        Option<string> name = new("--name")
        {
            Description = "The name of the averages: the shadow of v is v/NAME",
            HelpName = "NAME",
            DefaultValueFactory = _ => ShadowSwap.NameDefault,
        };
        Option<bool> keep = new("--keep-variables")
        {
            Description = "Keep the variables' own values, under the shadows' names; swapping again then gives the first checkpoint",
        };
        LayoutOptions layout = new();
        ExampleCommand command = new(
            "ema-swap",
            "Puts exponential moving averages in the place of their variables, for evaluation and serving",
            "The variables' own values are left out, what has no average stays. .meta comes along with --keep-variables only, since without it the graph would name "
                + "tensors that are gone.",
            "cairn ema-swap model/model_ema.ckpt serving/model.ckpt")
        {
            source, destination, name, keep,
        };
        layout.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix from = OpenedPrefix.Open(parsed.GetRequiredValue(source));
            OpenedPrefix to = OpenedPrefix.Open(parsed.GetRequiredValue(destination));
            BundleReader reader = await BundleReader.OpenAsync(from.Store, from.Prefix, cancellation);
            bool keepsVariables = parsed.GetValue(keep);
            IReadOnlyCollection<TensorSource> tensors = ShadowSwap.Apply(TensorSources.Of(reader), parsed.GetRequiredValue(name), keepsVariables);
            await layout.WriteAsync(parsed, tensors, to, (reader.Index.ShardCount, keepsVariables ? from.Location : null), cancellation);
        });
        return command;
    }
}
