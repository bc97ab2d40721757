using System.CommandLine;
using Cairn.Cli.Output;
using Cairn.Format.Bundles;
using Cairn.Format.Rewriting;
using Cairn.Format.Sidecars;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn copy</c>: copies a checkpoint, checking every tensor on the way; as it is, or with other names, types and layout.</summary>
internal static class CopyCommand
{
    public static Command Create()
    {
        Argument<string> source = Arguments.Prefix("SRC", "The checkpoint to copy");
        Argument<string> destination = Arguments.Prefix("DST", "The new checkpoint");
        SelectionOptions selection = new();
        LayoutOptions layout = new();
        ExampleCommand command = new(
            "copy",
            "Copies a checkpoint, to another store too; under other names, in other types and another layout if asked",
            "Every tensor is checked on the way, and nothing is visible before the end. Without options the data files stay byte for byte as they are, the index is "
                + "written without compression, .meta and .cairn.json come along. With --shards or --partition alone .meta comes along; with other names, types or "
                + "fewer tensors neither does, since they would describe another checkpoint.",
            "cairn copy model/model.ckpt-1000 serving/model.ckpt --exclude '*/Adam*' --cast float=bfloat16")
        {
            source, destination,
        };
        selection.AddTo(command);
        layout.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix from = OpenedPrefix.Open(parsed.GetRequiredValue(source));
            OpenedPrefix to = OpenedPrefix.Open(parsed.GetRequiredValue(destination));
            if (!selection.IsGiven(parsed) && !layout.IsGiven(parsed))
            {
                await CopyAsItIsAsync(parsed, from, to, layout.Overwrites(parsed), cancellation);
                return;
            }

            BundleReader reader = await BundleReader.OpenAsync(from.Store, from.Prefix, cancellation);
            IReadOnlyCollection<TensorSource> tensors = selection.Apply(parsed, TensorSources.Of(reader));
            BundleLocation? metaSource = selection.IsGiven(parsed) ? null : from.Location;
            await layout.WriteAsync(parsed, tensors, to, (reader.Index.ShardCount, metaSource), cancellation);
            await NoteLeftOutAsync(parsed, from, metaSource is null ? [from.Prefix.MetaName, from.Prefix.SidecarName] : [from.Prefix.SidecarName], cancellation);
        });
        return command;
    }

    private static async Task CopyAsItIsAsync(ParseResult parsed, OpenedPrefix from, OpenedPrefix to, bool overwrite, CancellationToken cancellation)
    {
        BundleIndex index = await BundleIndex.ReadAsync(from.Store, from.Prefix, cancellation);
        long bytes = index.Tensors.Sum(tensor => tensor.LengthBytes);
        CopiedBundle copied;
        using (ProgressLine? progress = ProgressLine.Begin(parsed, "copying", bytes))
        {
            BundleCopyOptions options = new() { Overwrite = overwrite, Progress = progress };
            copied = await BundleCopier.CopyAsync(from.Location, to.Location, options, cancellation);
        }

        await parsed.InvocationConfiguration.Output.WriteLineAsync(LayoutOptions.Summary(to, index.Tensors.Length, bytes, index.ShardCount));
        if (copied.Sidecar == SidecarOutcome.LeftOut)
        {
            await NoteLeftOutAsync(parsed, from, [from.Prefix.SidecarName], cancellation);
        }
    }

    private static async Task NoteLeftOutAsync(ParseResult parsed, OpenedPrefix from, string[] names, CancellationToken cancellation)
    {
        foreach (string name in names)
        {
            if (await from.Store.TryGetPropertiesAsync(name, cancellation) is not null)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"cairn: left out '{name}': it describes the checkpoint as it was.");
            }
        }
    }
}
