using System.CommandLine;
using Cairn.Cli.Output;
using Cairn.Format.Checkpoints;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn latest</c>: the checkpoint that a folder's state file names, as <c>tf.train.latest_checkpoint</c>.</summary>
internal static class LatestCommand
{
    public static Command Create()
    {
        Argument<string> folder = Arguments.Folder();
        Option<bool> isLong = new("--long", "-l") { Description = "Print its step, age and size as well" };
        Option<bool> json = Arguments.Json();
        ExampleCommand command = new(
            "latest",
            "Prints the prefix that the folder's 'checkpoint' file names as the latest",
            "Only if that checkpoint is there: no older one takes its place, as in TensorFlow. Status 2: there is none, and why.",
            "cairn verify \"$(cairn latest model)\"")
        {
            folder, isLong, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedFolder opened = OpenedFolder.Open(parsed.GetRequiredValue(folder));
            TextWriter output = parsed.InvocationConfiguration.Output;
            LatestCheckpoint latest = await CheckpointFolder.LatestAsync(opened.Store, opened.Name, cancellationToken: cancellation);
            if (latest.Prefix is not { } prefix)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"cairn: no latest checkpoint. {latest.Reason}");
                return ExitCode.Usage;
            }

            bool isJson = parsed.GetValue(json);
            CheckpointListing? listing = isJson || parsed.GetValue(isLong) ? await opened.FindAsync(prefix, cancellation) : null;
            if (listing is null)
            {
                await output.WriteLineAsync(opened.AddressOf(prefix));
            }
            else if (isJson)
            {
                JsonOutput.Write(output, writer => ListingText.WriteJson(writer, opened, listing));
            }
            else
            {
                await output.WriteLineAsync(ListingText.Line(opened, listing));
            }

            return ExitCode.Success;
        });
        return command;
    }
}
