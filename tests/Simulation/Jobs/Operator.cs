using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Coordination;
using Cairn.Format.Checkpoints;
using Cairn.Simulation.Checks;
using Cairn.Simulation.Clusters;
using Cairn.Simulation.Engine;

namespace Cairn.Simulation.Jobs;

/// <summary>Whoever saves and restores: starts operations, asks until they have ended, and remembers what was acknowledged.</summary>
/// <param name="job">What it works at.</param>
/// <param name="party">The process.</param>
/// <param name="judge">Told of what is acknowledged.</param>
/// <param name="errands">What it does.</param>
internal sealed class Operator(Job job, Party party, Judge judge, IReadOnlyList<Errand> errands)
{
    /// <summary>Where it saves.</summary>
    public const string Path = "m/ckpt";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ICheckpointCoordinatorGrain _coordinator =
        SimGrainFactory.Make(job.Cluster, party).GetGrain<ICheckpointCoordinatorGrain>(job.Layout.Definition.Name);

    private readonly List<string> _acknowledged = [];
    private int _ids;

    /// <summary>The process.</summary>
    public Party Party => party;

    /// <summary>How many errands are under way.</summary>
    public int UnderWay { get; private set; }

    /// <summary>Whether all is done.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What it waits for, in words.</summary>
    public string Doing { get; private set; } = "begins";

    /// <summary>How the last errand ended.</summary>
    public OperationStatus? Last { get; private set; }

    /// <summary>Begins.</summary>
    public void Start() => party.Start(RunAsync);

    private async Task RunAsync()
    {
        List<Task> running = [];
        foreach (Errand errand in errands)
        {
            await Task.Delay(TimeSpan.FromTicks(errand.AfterTicks), party.Time);
            Task one = RunAsync(errand);
            if (errand.Waits)
            {
                await one;
            }

            running.Add(one);
        }

        await Task.WhenAll(running);
        IsDone = true;
    }

    private async Task RunAsync(Errand errand)
    {
        UnderWay++;
        Guid request = Chance.Id(Chance.Mix(job.Seed, party.Hash, (ulong)++_ids, 30));
        switch (errand.Kind)
        {
            case ErrandKind.Save:
                SaveRequest save = new(request, Path, errand.Step, [], errand.Options);
                if (await EndAsync(request, $"saves {save.Prefix}-{errand.Step}", () => _coordinator.StartSaveAsync(save)) is { Phase: OperationPhase.Succeeded })
                {
                    string prefix = CheckpointPaths.Prefix(Path, errand.Step);
                    _acknowledged.Add(prefix);
                    judge.Acknowledged(prefix);
                }

                break;
            case ErrandKind.Restore when _acknowledged.Count > 0:
                RestoreRequest restore = new(request, _acknowledged[^1], []);
                await EndAsync(request, $"restores {restore.Prefix}", () => _coordinator.StartRestoreAsync(restore));
                break;
            case ErrandKind.Delete:
                await Calls.TryAsync(() => _coordinator.DeleteAsync());
                break;
        }

        UnderWay--;
    }

    private async Task<OperationStatus?> EndAsync(Guid request, string deed, Func<Task<OperationStatus>> start)
    {
        for (int starts = 0, waits = 0; starts < 5 && waits < 40;)
        {
            Doing = deed;
            if (!job.IsDefined)
            {
                waits++;
                await Task.Delay(Pause, party.Time);
                continue;
            }

            (Outcome outcome, OperationStatus? status) = await Calls.TryAsync(start);
            while (outcome == Outcome.Done && !status!.IsDone)
            {
                Doing = $"{deed}: {status.Phase} {status.Message}";
                (outcome, OperationStatus? next) = await Calls.TryAsync(() => _coordinator.WaitAsync(request, TimeSpan.FromSeconds(10)));
                status = next ?? status;
            }

            if (outcome == Outcome.Done)
            {
                job.Trace.Tell(party, $"{deed}: {status!.Phase} {status.Error} {status.Message}");
                return Last = status;
            }

            starts += outcome == Outcome.Refused ? 1 : 0;
            await Task.Delay(Pause, party.Time);
        }

        job.Trace.Tell(party, $"{deed}: given up");
        return null;
    }
}
