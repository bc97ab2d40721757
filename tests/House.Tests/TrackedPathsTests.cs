using System.ComponentModel;
using System.Diagnostics;
using Cairn.Testing;

namespace Cairn.House.Tests;

/// <summary>What samples, tests and silos write into the repository's folder stays out of the repository.</summary>
public sealed class TrackedPathsTests
{
    private static readonly TimeSpan GitPatience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("_cairn/")]
    [InlineData("model/")]
    [InlineData("Model/")]
    [InlineData("real-checkpoint/")]
    [InlineData("cairn-store/")]
    public async Task TrackedPath_BelowAFolderOfRuntimeState_DoesNotExist(string folder)
    {
        string[] tracked = await TrackedAsync();

        Assert.Contains("Distributed.sln", tracked);
        Assert.DoesNotContain(tracked, path => path.StartsWith(folder, StringComparison.Ordinal));
    }

    private static async Task<string[]> TrackedAsync()
    {
        if (!Path.Exists(Path.Combine(House.Root, ".git")))
        {
            Needs.Unmet("The sources are no git repository: there is no .git beside Distributed.sln.");
        }

        using Process git = StartGit();
        using var patience = new CancellationTokenSource(GitPatience);
        Task<string> faults = git.StandardError.ReadToEndAsync(patience.Token);
        string paths = await git.StandardOutput.ReadToEndAsync(patience.Token);
        await git.WaitForExitAsync(patience.Token);
        Assert.True(git.ExitCode == 0, $"git ls-files ended with {git.ExitCode}: {await faults}");
        return paths.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    private static Process StartGit()
    {
        var start = new ProcessStartInfo("git", ["ls-files", "-z"])
        {
            WorkingDirectory = House.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception fault)
        {
            Needs.Unmet($"There is no git to list the tracked files with: {fault.Message}.");
            throw;
        }
    }
}
