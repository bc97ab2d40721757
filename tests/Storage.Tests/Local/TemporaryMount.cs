using System.Diagnostics;
using Cairn.Testing;

namespace Cairn.Storage.Tests.Local;

/// <summary>A tiny file system in memory, for full and read-only disks. Only root on Linux may mount one; elsewhere the test ends with the reason.</summary>
internal sealed class TemporaryMount : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TemporaryMount(string options)
    {
        string? fault = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess
            ? Run("mount", "-t", "tmpfs", "-o", options, "cairn-test", Path) : "only root on Linux can";
        if (fault is not null)
        {
            _folder.Dispose();
            Needs.Unmet($"No file system can be mounted for this test: {fault}.");
        }
    }

    public string Path => _folder.Path;

    public void Remount(string options) => Assert.Null(Run("mount", "-o", "remount," + options, Path));

    public void Dispose()
    {
        Run("umount", Path);
        _folder.Dispose();
    }

    private static string? Run(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        string fault = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : fault.Trim();
    }
}
