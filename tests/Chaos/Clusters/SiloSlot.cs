using Cairn.Testing;

namespace Cairn.Chaos.Clusters;

/// <summary>One of the silos.</summary>
internal sealed class SiloSlot(int index, SiloSettings settings, string logFolder, RunFindings findings, Timeline timeline) : ISlot, IAsyncDisposable
{
    private const int StartsMax = 8;

    private SiloProcess? _silo;
    private int _incarnations;

    public string Name => $"silo-{index}";

    public ProcessState State { get; private set; } = ProcessState.Ended;

    /// <summary>Whether the process has ended though nobody has killed or stopped it: a silo does that when it finds itself declared dead.</summary>
    public bool HasEndedByItself => State is ProcessState.Running && _silo is { HasEnded: true };

    /// <summary>Whether it could not be started, however often.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>The log of each process that has ended.</summary>
    public List<string> LogPaths { get; } = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= StartsMax; attempt++)
        {
            State = ProcessState.Starting;
            _silo = SiloProcess.LaunchOnFreePorts(settings.Arguments, settings.Variables);
            if (await WhyNotReadyAsync(_silo, cancellationToken) is not { } reason)
            {
                State = ProcessState.Running;
                return;
            }

            // Whoever supervises a silo starts it again.
            timeline.Say($"{Name} did not start ({reason}); again");
            await KillAsync();
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }

        IsGivenUp = true;
        findings.Hang($"{Name} did not start in {StartsMax} tries.");
    }

    public async Task KillAsync()
    {
        State = ProcessState.Stopping; // The end of the process is our deed from here on.
        await _silo!.KillAsync();
        await EndAsync();
    }

    public void Freeze()
    {
        State = ProcessState.Frozen;
        _silo!.Freeze();
    }

    public void Thaw()
    {
        _silo!.Thaw();
        State = ProcessState.Running;
    }

    public async Task StopAsync()
    {
        if (_silo is null)
        {
            return;
        }

        State = ProcessState.Stopping;
        try
        {
            int status = await _silo!.StopAsync();
            if (status != 0)
            {
                findings.Add($"{Name} was stopped gracefully and ended with status {status}.");
            }
        }
        catch (TimeoutException fault)
        {
            findings.Hang($"{Name} was asked to stop: {fault.Message.Split('\n')[0]}");
            await _silo!.KillAsync();
        }

        await EndAsync();
    }

    /// <summary>Puts the log of the process that has ended aside, and returns its status; null if somebody else has done so.</summary>
    public async Task<int?> EndAsync()
    {
        if (Interlocked.Exchange(ref _silo, null) is not { } silo)
        {
            return null;
        }

        int status = await silo.WaitForEndAsync();
        string path = Path.Combine(logFolder, $"{Name}.{_incarnations++}.log");
        await File.WriteAllLinesAsync(path, silo.Lines);
        LogPaths.Add(path);
        await silo.DisposeAsync();
        State = ProcessState.Ended;
        return status;
    }

    public async ValueTask DisposeAsync()
    {
        if (_silo is not null)
        {
            await KillAsync();
        }
    }

    /// <summary>It ends with status 2 when the store refuses it, and may take long where the store, or the machine, is slow.</summary>
    private static async Task<string?> WhyNotReadyAsync(SiloProcess silo, CancellationToken cancellationToken)
    {
        try
        {
            await silo.WaitUntilReadyAsync(cancellationToken);
            return null;
        }
        catch (InvalidOperationException)
        {
            return $"status {await silo.WaitForEndAsync(cancellationToken)}: {silo.Lines.LastOrDefault()}";
        }
        catch (TimeoutException)
        {
            return $"not ready after {SiloProcess.Patience.TotalSeconds:0} s";
        }
    }
}
