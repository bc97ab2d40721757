using System.CommandLine;
using System.CommandLine.Parsing;
using Cairn.Cli.Commands;
using Cairn.Cli.Output;
using Cairn.Format.Errors;

namespace Cairn.Cli;

/// <summary>The <c>cairn</c> command: its subcommands, and what becomes of errors.</summary>
internal static class CairnCommand
{
    /// <summary>After Ctrl-C a commit that has begun is finished, since half of one helps nobody; only a store that does not answer takes so long.</summary>
    private static readonly TimeSpan CommitTimeMax = TimeSpan.FromMinutes(1);

    /// <summary>Runs one command line. Results go to <paramref name="output"/>, everything else to <paramref name="error"/>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        ParseResult command = Build().Parse(args);
        if (command.Errors.Count > 0)
        {
            return await RefuseAsync(command, error);
        }

        InvocationConfiguration invocation = new()
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = CommitTimeMax,
        };
        try
        {
            return await command.InvokeAsync(invocation);
        }
        catch (CheckpointException refusal)
        {
            await error.WriteLineAsync($"cairn: {refusal.Message}");
            int failure = command.CommandResult.Command is ExampleCommand example ? example.FailureStatus : ExitCode.Failure;
            return ExitCode.Of(refusal.Error, failure);
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("cairn: stopped; nothing was left half-written.");
            return ExitCode.Interrupted;
        }
    }

    private static RootCommand Build()
    {
        RootCommand root = new("Looks into TensorFlow checkpoints, checks them, compares them, and makes others of them; in a folder or in Azure Blob Storage.")
        {
            InspectCommand.Create(),
            ShowCommand.Create(),
            VerifyCommand.Create(),
            DiffCommand.Create(),
            CopyCommand.Create(),
            MergeCommand.Create(),
            AverageCommand.Create(),
            EmaSwapCommand.Create(),
            ExportCommand.Create(),
            ImportCommand.Create(),
            ListCommand.Create(),
            LatestCommand.Create(),
            WatchCommand.Create(),
            CompletionCommand.Create(),
        };
        HelpWithExample.Install(root);
        return root;
    }

    private static async Task<int> RefuseAsync(ParseResult command, TextWriter error)
    {
        foreach (ParseError fault in command.Errors)
        {
            await error.WriteLineAsync($"cairn: {fault.Message}");
        }

        string name = command.CommandResult.Command is RootCommand ? "cairn" : $"cairn {command.CommandResult.Command.Name}";
        await error.WriteLineAsync($"Try '{name} --help'.");
        return ExitCode.Usage;
    }
}
