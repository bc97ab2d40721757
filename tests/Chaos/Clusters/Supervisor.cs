using Cairn.Chaos.Logs;

namespace Cairn.Chaos.Clusters;

/// <summary>Watches all processes of a run: starts those again that have ended by themselves, follows the trainers' logs, and finds who hangs.</summary>
internal sealed class Supervisor(IReadOnlyList<SiloSlot> silos, IReadOnlyList<TrainerSlot> trainers, SaveLedger saves, RunFindings findings, Timeline timeline)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>Above every limit of a trainer's own watch: a process that writes nothing for so long is stuck as a whole.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(400);

    private readonly Dictionary<TrainerSlot, long> _heard = [];
    private long _generation;
    private long _toldGeneration;

    /// <summary>How often a silo has ended by itself.</summary>
    public int UnplannedEnds { get; private set; }

    /// <summary>Looks after everybody until <paramref name="end"/>.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        using var timer = new PeriodicTimer(Look);
        while (!end.IsCancellationRequested)
        {
            foreach (TrainerSlot trainer in trainers)
            {
                Follow(trainer);
                if (trainer.HasEndedByItself)
                {
                    findings.Add($"{trainer.Name} ended by itself, {await trainer.EndAsync()}");
                    await trainer.StartAsync(end);
                }
            }

            foreach (SiloSlot silo in silos.Where(silo => silo.HasEndedByItself))
            {
                UnplannedEnds++;
                timeline.Say($"{silo.Name} ended by itself with status {await silo.EndAsync()}; started again");
                _ = silo.StartAsync(end);
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Waits until every trainer has ended another step. One that does not in time is a finding.</summary>
    public async Task WaitUntilAllTrainAsync(string after, TimeSpan patience, CancellationToken abort)
    {
        Dictionary<TrainerSlot, int> before = trainers.ToDictionary(trainer => trainer, trainer => trainer.EndedSteps);
        long start = TimeProvider.System.GetTimestamp();
        while (before.Any(pair => pair.Key.EndedSteps == pair.Value))
        {
            if (TimeProvider.System.GetElapsedTime(start) > patience)
            {
                string[] late = [.. before.Where(pair => pair.Key.EndedSteps == pair.Value).Select(pair => pair.Key.Name)];
                findings.Hang($"{string.Join(", ", late)}: no step has ended in the {patience.TotalSeconds:0} s after {after}.");
                return;
            }

            await Task.Delay(Look, abort);
        }

        string rolledBack = _generation > _toldGeneration ? $", now in generation {_generation}" : "";
        _toldGeneration = _generation;
        timeline.Say($"  all train again after {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s{rolledBack}; {saves.TakeSummary()}");
    }

    /// <summary>Waits until a silo that is being started again works: a fault needs somebody to meet. False when it never does.</summary>
    public async Task<bool> WaitUntilRunningAsync(SiloSlot silo, CancellationToken abort)
    {
        while (silo.State != ProcessState.Running && !silo.IsGivenUp)
        {
            await Task.Delay(Look, abort);
        }

        return !silo.IsGivenUp;
    }

    /// <summary>Reads what a trainer has written since the last look.</summary>
    public void Follow(TrainerSlot trainer)
    {
        IReadOnlyList<TrainerEvent> fresh = trainer.ReadNew();
        foreach (TrainerEvent entry in fresh)
        {
            saves.Take(entry);
            _generation = Math.Max(_generation, entry.Generation ?? 0);
            if (entry.Deed == TrainerDeed.Hung)
            {
                findings.Hang($"{trainer.Name}: {entry.Message}.");
            }
        }

        if (fresh.Count > 0 || trainer.State != ProcessState.Running || !_heard.TryGetValue(trainer, out long heard))
        {
            _heard[trainer] = TimeProvider.System.GetTimestamp();
        }
        else if (TimeProvider.System.GetElapsedTime(heard) > SilenceMax)
        {
            findings.Hang($"{trainer.Name} runs and has written nothing to its log for {SilenceMax.TotalSeconds:0} s.");
            _heard[trainer] = TimeProvider.System.GetTimestamp();
        }
    }
}
