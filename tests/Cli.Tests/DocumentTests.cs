using System.Text.RegularExpressions;

namespace Cairn.Cli.Tests;

/// <summary><c>docs/cli.md</c> shows the help of every command as it is.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public async Task Document_ShowsTheHelpOfEveryCommand()
    {
        string file = Path.Combine(Root(), "docs", "cli.md");
        string text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        CliRun all = await CliRun.RunAsync("--help");
        string[] commands = [.. CommandName().Matches(all.Output[all.Output.IndexOf("Commands:", StringComparison.Ordinal)..]).Select(match => match.Groups["name"].Value)];
        Assert.Equal(14, commands.Length);

        string expected = text[..text.IndexOf("## Reference", StringComparison.Ordinal)] + "## Reference\n";
        foreach (string command in commands)
        {
            CliRun help = await CliRun.RunAsync(command, "--help");
            Assert.Contains("Example:\n  ", help.Output, StringComparison.Ordinal);
            string lines = string.Join('\n', help.Output.Trim().Split('\n').Select(line => line.TrimEnd()));
            expected += $"\n### {command}\n\n```text\n{lines}\n```\n";
        }

        if (Environment.GetEnvironmentVariable("CAIRN_ACCEPT") == "1")
        {
            await File.WriteAllTextAsync(file, expected, TestContext.Current.CancellationToken);
        }
        else
        {
            Assert.True(text == expected, "docs/cli.md shows other help than the command; CAIRN_ACCEPT=1 dotnet run --project tests/Cli.Tests writes it anew.");
        }
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Distributed.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run below the repository.");
    }

    [GeneratedRegex(@"\n  (?<name>[a-z][a-z-]*) <", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex CommandName();
}
