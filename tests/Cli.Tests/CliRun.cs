using Cairn.Cli;

namespace Cairn.Cli.Tests;

/// <summary>One run of the command in this process: its exit status and what it printed.</summary>
internal sealed record CliRun(int Status, string Output, string Error)
{
    public static async Task<CliRun> RunAsync(params string[] args)
    {
        StringWriter output = new();
        StringWriter error = new();
        int status = await CairnCommand.RunAsync(args, output, error);
        return new CliRun(status, output.ToString(), error.ToString());
    }
}
