using Cairn.Chaos.Logs;
using Cairn.Chaos.Trainers;
using Cairn.Testing;

namespace Cairn.Chaos.Clusters;

/// <summary>One of the trainers, and what its log has said so far.</summary>
internal sealed class TrainerSlot(TrainerOptions options, RunFindings findings) : ISlot, IAsyncDisposable
{
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(CallLimits.Save.TotalSeconds + CallLimits.Call.TotalSeconds);

    private readonly TrainerLogReader _reader = new(options.LogPath);
    private readonly List<TrainerEvent> _events = [];
    private ChildProcess? _process;
    private int _incarnations;

    public string Name => Models.ModelPlan.TrainerName(options.Index);

    public ProcessState State { get; private set; } = ProcessState.Ended;

    public bool HasEndedByItself => State is ProcessState.Running && _process is { HasEnded: true };

    /// <summary>All that the log has said.</summary>
    public IReadOnlyList<TrainerEvent> Events => _events;

    /// <summary>How many steps have ended.</summary>
    public int EndedSteps { get; private set; }

    /// <summary>Reads what the log says since the last call.</summary>
    public IReadOnlyList<TrainerEvent> ReadNew()
    {
        IReadOnlyList<TrainerEvent> fresh = _reader.ReadNew();
        _events.AddRange(fresh);
        EndedSteps += fresh.Count(entry => entry.Deed == TrainerDeed.Ended);
        return fresh;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        TrainerOptions next = options with { Seed = options.Seed + (1000 * _incarnations++) };
        _process = ChildProcess.Launch(Name, "Cairn.Chaos.dll", next.ToArguments());
        State = ProcessState.Running;
        return Task.CompletedTask;
    }

    public async Task KillAsync()
    {
        State = ProcessState.Stopping;
        await _process!.KillAsync();
        await EndAsync();
    }

    public void Freeze()
    {
        State = ProcessState.Frozen;
        _process!.Freeze();
    }

    public void Thaw()
    {
        _process!.Thaw();
        State = ProcessState.Running;
    }

    public async Task StopAsync()
    {
        State = ProcessState.Stopping;
        _process!.Terminate();
        try
        {
            int status = await _process.WaitForEndAsync(StopMax);
            if (status != 0)
            {
                findings.Add($"{Name} was stopped gracefully and ended with status {status}: {LastWords}");
            }
        }
        catch (TimeoutException)
        {
            findings.Hang($"{Name} was asked to stop and did not end within {StopMax.TotalSeconds:0} s.");
            await _process.KillAsync();
        }

        await EndAsync();
    }

    /// <summary>Takes leave of a process that has ended; what it printed is its last words.</summary>
    public async Task<string> EndAsync()
    {
        string words = $"status {await _process!.WaitForEndAsync(TimeSpan.FromSeconds(30))}: {LastWords}";
        await _process.DisposeAsync();
        _process = null;
        State = ProcessState.Ended;
        return words;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }
    }

    private string LastWords => string.Join(" | ", _process!.Lines.Take(12));
}
