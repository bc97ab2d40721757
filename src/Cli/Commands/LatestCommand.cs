using System.CommandLine;
using Cairn.Format.Checkpoints;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn latest</c>: the checkpoint that a folder's state file names, as <c>tf.train.latest_checkpoint</c>.</summary>
internal static class LatestCommand
{
    public static Command Create()
    {
        Argument<string> folder = Arguments.Folder();
        ExampleCommand command = new(
            "latest",
            "Prints the prefix that the folder's 'checkpoint' file names as the latest, if that checkpoint is there.",
            "cairn latest model")
        {
            folder,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedFolder opened = OpenedFolder.Open(parsed.GetRequiredValue(folder));
            LatestCheckpoint latest = await CheckpointFolder.LatestAsync(opened.Store, opened.Name, cancellationToken: cancellation);
            if (latest.Prefix is { } prefix)
            {
                await parsed.InvocationConfiguration.Output.WriteLineAsync(opened.AddressOf(prefix));
                return ExitCode.Success;
            }

            await parsed.InvocationConfiguration.Error.WriteLineAsync($"cairn: no latest checkpoint. {latest.Reason}");
            return ExitCode.Usage;
        });
        return command;
    }
}
