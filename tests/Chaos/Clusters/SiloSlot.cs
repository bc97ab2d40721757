using Cairn.Testing;

namespace Cairn.Chaos.Clusters;

/// <summary>One of the silos.</summary>
internal sealed class SiloSlot(int index, SiloSettings settings, string logFolder, RunFindings findings, Timeline timeline) : ISlot, IAsyncDisposable
{
    private const int StartsMax = 10;

    private SiloProcess? _silo;
    private int _incarnations;

    public string Name => $"silo-{index}";

    public ProcessState State { get; private set; } = ProcessState.Ended;

    /// <summary>Whether the process has ended though nobody has killed or stopped it: a silo does that when it finds itself declared dead.</summary>
    public bool HasEndedByItself => State is ProcessState.Running && _silo is { HasEnded: true };

    /// <summary>The log of each process that has ended.</summary>
    public List<string> LogPaths { get; } = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            State = ProcessState.Starting;
            SiloProcess silo = SiloProcess.LaunchOnFreePorts(settings.Arguments, settings.Variables);
            _silo = silo;
            try
            {
                await silo.WaitUntilReadyAsync(cancellationToken);
                State = ProcessState.Running;
                return;
            }
            catch (InvalidOperationException) when (attempt < StartsMax)
            {
                // It ends with status 2 when the store refuses it; whoever supervises it starts it again.
                timeline.Say($"{Name} did not start (status {silo.ExitCode}: {silo.Lines.LastOrDefault()}); again");
                await EndAsync();
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
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

    /// <summary>Puts the log of a process that has ended aside.</summary>
    public async Task<int> EndAsync()
    {
        SiloProcess silo = _silo!;
        int status = await silo.WaitForEndAsync();
        string path = Path.Combine(logFolder, $"{Name}.{_incarnations++}.log");
        await File.WriteAllLinesAsync(path, silo.Lines);
        LogPaths.Add(path);
        await silo.DisposeAsync();
        _silo = null;
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
}
