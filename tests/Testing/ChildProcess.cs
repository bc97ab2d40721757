using System.Diagnostics;
using System.Globalization;

namespace Cairn.Testing;

/// <summary>A .NET program in a process of its own. Killed when disposed, and by a watchdog when the test process dies.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly ProcessWatchdog _watchdog;
    private readonly ProcessOutput _output;

    private ChildProcess(string name, Process process, ProcessWatchdog watchdog, ProcessOutput output) =>
        (Name, _process, _watchdog, _output) = (name, process, watchdog, output);

    /// <summary>How it is called in messages, such as <c>silo</c>.</summary>
    public string Name { get; }

    /// <summary>The operating system's id of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Whether the process has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>What it ended with.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it has printed so far, line by line, errors among it.</summary>
    public IReadOnlyList<string> Lines => _output.Lines;

    /// <summary>What it has printed so far, as one text.</summary>
    public string Output => _output.Text;

    /// <summary>Starts <paramref name="program"/>, an assembly that lies beside the tests, and does not wait.</summary>
    /// <param name="name">How it is called in messages.</param>
    /// <param name="program">The assembly's file name.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="folder">The current folder of the process; the tests' own when null.</param>
    /// <param name="variables">Environment variables to add.</param>
    public static ChildProcess Launch(
        string name, string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? variables = null)
    {
        string path = Path.Combine(AppContext.BaseDirectory, program);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"The test project must reference the project of {program} for it to lie beside the tests.", path);
        }

        var start = new ProcessStartInfo("dotnet", [path, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? "",
        };
        foreach ((string variable, string value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[variable] = value;
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException("'dotnet' did not start.");
        return new ChildProcess(name, process, ProcessWatchdog.Over(process), ProcessOutput.Of(process));
    }

    /// <summary>Waits until it has printed <paramref name="text"/>.</summary>
    /// <exception cref="InvalidOperationException">It ended without.</exception>
    public async Task WaitForOutputAsync(string text, CancellationToken cancellationToken)
    {
        if (!await _output.WaitForAsync(text, cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidOperationException($"The {Name} ended without printing '{text}'. It printed:\n{Output}");
        }
    }

    /// <summary>Asks it to stop (SIGTERM).</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>Waits until it ends by itself and returns the exit code.</summary>
    /// <exception cref="TimeoutException">It did not end in time; the message has what it printed.</exception>
    public async Task<int> WaitForEndAsync(TimeSpan patience, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return _process.ExitCode;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The {Name} did not end within {patience.TotalSeconds:0} s. It printed:\n{Output}");
        }
    }

    /// <summary>Kills it on the spot (SIGKILL), as a crash or a lost machine does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await WaitForEndAsync(EndMax).ConfigureAwait(false);
    }

    /// <summary>Freezes it (SIGSTOP): to the others it is gone, but it will come back.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>Lets a frozen process go on (SIGCONT).</summary>
    public void Thaw() => Signal("CONT");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync().WaitAsync(EndMax).ConfigureAwait(false);
        }

        _watchdog.Dispose();
        _process.Dispose();
    }

    private void Signal(string signal)
    {
        using Process kill = Process.Start("kill", ["-s", signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit(EndMax);
    }
}
