using System.CommandLine;
using Cairn.Cli.Output;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn watch</c>: new checkpoints of a folder as they appear.</summary>
internal static class WatchCommand
{
    public static Command Create()
    {
        Argument<string> folder = Arguments.Folder();
        Option<double> interval = new("--interval")
        {
            Description = "Seconds between two looks",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => 1,
        };
        Option<double?> timeout = new("--timeout") { Description = "Stop after so many seconds without a new checkpoint. Default: never", HelpName = "SECONDS" };
        Option<int?> count = new("--count") { Description = "Stop after so many checkpoints", HelpName = "N" };
        Option<bool> isPlain = new("--plain") { Description = "Print prefixes only, for a program that reads them" };
        ExampleCommand command = new(
            "watch",
            "Prints the latest checkpoint of a folder, and every new one as it appears",
            "As tf.train.checkpoints_iterator: by the 'checkpoint' file, and of several that come between two looks the newest. Ctrl-C ends it.",
            "cairn watch model --plain | while read prefix; do evaluate \"$prefix\"; done")
        {
            folder, interval, timeout, count, isPlain,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedFolder opened = OpenedFolder.Open(parsed.GetRequiredValue(folder));
            TextWriter output = parsed.InvocationConfiguration.Output;
            CheckpointWatchOptions options = new()
            {
                PollInterval = Seconds(parsed.GetValue(interval)),
                Timeout = parsed.GetValue(timeout) is { } seconds ? Seconds(seconds) : null,
            };
            int left = parsed.GetValue(count) ?? int.MaxValue;
            await foreach (CheckpointPrefix prefix in CheckpointWatcher.WatchAsync(opened.Store, opened.Name, options, cancellation))
            {
                CheckpointListing? listing = parsed.GetValue(isPlain) ? null : await opened.FindAsync(prefix, cancellation);
                await output.WriteLineAsync(listing is null ? opened.AddressOf(prefix) : ListingText.Line(opened, listing));
                await output.FlushAsync(cancellation);
                if (--left <= 0)
                {
                    return;
                }
            }
        });
        return command;
    }

    // A year is for ever, and does not overflow.
    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(Math.Clamp(double.IsNaN(seconds) ? 0 : seconds, 0, TimeSpan.FromDays(365).TotalSeconds));
}
