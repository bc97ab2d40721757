using System.Net;

namespace Cairn.Testing;

/// <summary>A silo in a process of its own, on free ports unless told otherwise. Killed when disposed, and by a watchdog when the test process dies.</summary>
public sealed class SiloProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private SiloProcess(ChildProcess process) => _process = process;

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
    public bool HasEnded => _process.HasEnded;

    /// <summary>What it ended with.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it has printed so far, line by line, errors among it.</summary>
    public IReadOnlyList<string> Lines => _process.Lines;

    /// <summary>What it has printed so far, errors among it.</summary>
    public string Output => _process.Output;

    /// <summary>Starts a silo with free ports and <paramref name="arguments"/>, and waits until <c>/health/ready</c> says ok.</summary>
    public static async Task<SiloProcess> StartAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null, CancellationToken cancellationToken = default)
    {
        SiloProcess silo = LaunchOnFreePorts(arguments, variables);
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

    /// <summary>Starts a silo with free ports and <paramref name="arguments"/> and does not wait.</summary>
    public static SiloProcess LaunchOnFreePorts(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null) =>
        Launch(
            ["--silo-port", "0", "--gateway-port", "0", "--data-plane", "http://127.0.0.1:0", "--hand-over-seconds", "20", .. arguments], folder: null, variables);

    /// <summary>Starts the command with exactly <paramref name="arguments"/> and does not wait.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="folder">The current folder of the process; the tests' own when null.</param>
    /// <param name="variables">Environment variables to add.</param>
    public static SiloProcess Launch(IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? variables = null) =>
        new(ChildProcess.Launch("silo", "Cairn.Silo.dll", arguments, folder, variables));

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
    public Task WaitForOutputAsync(string text, CancellationToken cancellationToken) => _process.WaitForOutputAsync(text, cancellationToken);

    /// <summary>Asks it to stop (SIGTERM), waits for the end and returns the exit code.</summary>
    public Task<int> StopAsync(CancellationToken cancellationToken = default)
    {
        _process.Terminate();
        return WaitForEndAsync(cancellationToken);
    }

    /// <summary>Waits until it ends by itself and returns the exit code.</summary>
    /// <exception cref="TimeoutException">It did not end in time; the message has what it printed.</exception>
    public Task<int> WaitForEndAsync(CancellationToken cancellationToken = default) => _process.WaitForEndAsync(Patience, cancellationToken);

    /// <summary>Kills it on the spot (SIGKILL), as a crash or a lost machine does.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Freezes it (SIGSTOP): to the others it is gone, but it will come back.</summary>
    public void Freeze() => _process.Freeze();

    /// <summary>Lets a frozen silo go on (SIGCONT).</summary>
    public void Thaw() => _process.Thaw();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await http.GetAsync("/health/ready", cancellationToken).ConfigureAwait(false);
        return answer.IsSuccessStatusCode;
    }

    private string Printed(string label) =>
        Lines.Select(line => line.TrimStart()).FirstOrDefault(line => line.StartsWith(label + "  ", StringComparison.Ordinal))?[label.Length..].Trim()
        ?? throw new InvalidOperationException($"The silo has not printed its {label}. It printed:\n{Output}");
}
