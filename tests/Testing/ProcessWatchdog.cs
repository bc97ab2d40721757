using System.Diagnostics;
using System.Globalization;

namespace Cairn.Testing;

/// <summary>A small shell beside a child process that kills it when this process dies: its standard input is a pipe whose other end lives here.</summary>
internal sealed class ProcessWatchdog : IDisposable
{
    private readonly Process _shell;

    private ProcessWatchdog(Process shell) => _shell = shell;

    public static ProcessWatchdog Over(Process process)
    {
        string id = process.Id.ToString(CultureInfo.InvariantCulture);
        // A signal to the whole group of the tests must not end the watch before its work.
        var start = new ProcessStartInfo("sh", ["-c", "trap '' HUP INT TERM; cat > /dev/null; kill -s KILL \"$1\" 2> /dev/null", "watchdog", id])
        {
            RedirectStandardInput = true,
        };
        return new ProcessWatchdog(Process.Start(start) ?? throw new InvalidOperationException("'sh' did not start."));
    }

    /// <summary>Ends the watch. The child must have ended before: its id may belong to another process soon.</summary>
    public void Dispose()
    {
        _shell.Kill(entireProcessTree: true);
        _shell.WaitForExit();
        _shell.Dispose();
    }
}
