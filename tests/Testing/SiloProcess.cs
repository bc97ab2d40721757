using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Cairn.Testing;

/// <summary>A silo in a process of its own, on free ports unless told otherwise. Killed when disposed, and by a watchdog when the test process dies.</summary>
public sealed class SiloProcess : IAsyncDisposable
{
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly ProcessWatchdog _watchdog;
    private readonly ProcessOutput _output;

    private SiloProcess(Process process, ProcessWatchdog watchdog, ProcessOutput output) => (_process, _watchdog, _output) = (process, watchdog, output);

    /// <summary>How long a silo may take to become ready, or to end.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(90);

    /// <summary>Where it serves HTTP; known once it is ready.</summary>
    public Uri DataPlane => new(Printed("data plane"));

    /// <summary>Where other silos reach it; known once it is ready.</summary>
    public IPEndPoint Endpoint => IPEndPoint.Parse(Printed("silo"));

    /// <summary>Where Orleans clients reach it; known once it is ready.</summary>
    public IPEndPoint Gateway => IPEndPoint.Parse(Printed("gateway"));

    /// <summary>The operating system's id of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Whether the process has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>What it has printed so far, errors among it.</summary>
    public string Output => _output.Text;

    /// <summary>Starts a silo with free ports and <paramref name="arguments"/>, and waits until <c>/health/ready</c> says ok.</summary>
    public static async Task<SiloProcess> StartAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null, CancellationToken cancellationToken = default)
    {
        SiloProcess silo = Launch(["--silo-port", "0", "--gateway-port", "0", "--data-plane", "http://127.0.0.1:0", .. arguments], folder: null, variables);
        try
        {
            await silo.WaitUntilReadyAsync(cancellationToken).ConfigureAwait(false);
            return silo;
        }
        catch
        {
            await silo.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts the command with exactly <paramref name="arguments"/> and does not wait.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="folder">The current folder of the process; the tests' own when null.</param>
    /// <param name="variables">Environment variables to add.</param>
    public static SiloProcess Launch(IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? variables = null)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Cairn.Silo.dll");
        if (!File.Exists(program))
        {
            throw new FileNotFoundException("The test project must reference src/Silo for its program to lie beside the tests.", program);
        }

        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? "",
        };
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException("'dotnet' did not start.");
        return new SiloProcess(process, ProcessWatchdog.Over(process), ProcessOutput.Of(process));
    }

    /// <summary>Waits until the silo says that it can do its work.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; the message has what it printed.</exception>
    /// <exception cref="TimeoutException">It was not ready in time; the message has what it printed.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken = default)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await WaitForOutputAsync("Ctrl-C stops it.", patience.Token).ConfigureAwait(false);
            using var http = new HttpClient { BaseAddress = DataPlane };
            using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (!await IsReadyAsync(http, patience.Token).ConfigureAwait(false))
            {
                await pause.WaitForNextTickAsync(patience.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The silo was not ready after {Patience.TotalSeconds:0} s. It printed:\n{Output}");
        }
    }

    /// <summary>Waits until it has printed <paramref name="text"/>.</summary>
    /// <exception cref="InvalidOperationException">It ended without.</exception>
    public async Task WaitForOutputAsync(string text, CancellationToken cancellationToken)
    {
        if (!await _output.WaitForAsync(text, cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidOperationException($"The silo ended without printing '{text}'. It printed:\n{Output}");
        }
    }

    /// <summary>Asks it to stop (SIGTERM), waits for the end and returns the exit code.</summary>
    public Task<int> StopAsync(CancellationToken cancellationToken = default)
    {
        Signal("TERM");
        return WaitForEndAsync(cancellationToken);
    }

    /// <summary>Waits until it ends by itself and returns the exit code.</summary>
    /// <exception cref="TimeoutException">It did not end in time; the message has what it printed.</exception>
    public async Task<int> WaitForEndAsync(CancellationToken cancellationToken = default)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
            return _process.ExitCode;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The silo did not end within {Patience.TotalSeconds:0} s. It printed:\n{Output}");
        }
    }

    /// <summary>Kills it on the spot (SIGKILL), as a crash or a lost machine does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await WaitForEndAsync().ConfigureAwait(false);
    }

    /// <summary>Freezes it (SIGSTOP): to the others it is gone, but it will come back.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>Lets a frozen silo go on (SIGCONT).</summary>
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

    private static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await http.GetAsync("/health/ready", cancellationToken).ConfigureAwait(false);
        return answer.IsSuccessStatusCode;
    }

    private void Signal(string signal)
    {
        using Process kill = Process.Start("kill", ["-s", signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit(EndMax);
    }

    private string Printed(string label) =>
        _output.Lines.Select(line => line.TrimStart()).FirstOrDefault(line => line.StartsWith(label + "  ", StringComparison.Ordinal))?[label.Length..].Trim()
        ?? throw new InvalidOperationException($"The silo has not printed its {label}. It printed:\n{Output}");
}
