using Cairn.Chaos.Clusters;

namespace Cairn.Chaos.Nemeses;

/// <summary>Does one fault after the other, waiting after each until everybody works again.</summary>
internal sealed class Nemesis(IReadOnlyList<SiloSlot> silos, IReadOnlyList<TrainerSlot> trainers, Supervisor supervisor, Timeline timeline, int seed)
{
    /// <summary>From the repair of a fault until each trainer has ended a step: a loss is noticed after 10 to 13 s, shards are placed anew 20 s later and
    /// loaded; a machine that is busy, and a store that is away, take the rest.</summary>
    private static readonly TimeSpan RecoveryMax = TimeSpan.FromSeconds(240);

    private static readonly TimeSpan CalmMax = TimeSpan.FromSeconds(16);

    private readonly Random _random = new(seed);

    /// <summary>How many faults were done.</summary>
    public int Faults { get; private set; }

    /// <summary>Does faults until <paramref name="end"/>.</summary>
    public async Task RunAsync(CancellationToken end, CancellationToken abort)
    {
        foreach (FaultPlan plan in FaultPlan.Draw(_random, silos.Count, trainers.Count))
        {
            if (!await TryRestAsync(CalmMax * (0.3 + (0.7 * _random.NextDouble())), end))
            {
                return;
            }

            if (!await supervisor.WaitUntilRunningAsync(silos[plan.Silo], abort))
            {
                return;
            }

            Faults++;
            await DoAsync(plan, abort);
            await supervisor.WaitUntilAllTrainAsync($"'{plan}'", RecoveryMax, abort);
        }
    }

    private async Task DoAsync(FaultPlan plan, CancellationToken abort)
    {
        timeline.Say($"fault {Faults}: {plan}");
        TimeSpan away = TimeSpan.FromSeconds(plan.Seconds);
        (SiloSlot silo, TrainerSlot trainer) = (silos[plan.Silo], trainers[plan.Trainer]);
        await (plan.Kind switch
        {
            FaultKind.KillSilo => ReplaceAsync(silo.KillAsync, away, abort, silo),
            FaultKind.StopSilo => ReplaceAsync(silo.StopAsync, away, abort, silo),
            FaultKind.FreezeSiloShort or FaultKind.FreezeSiloLong => FreezeAsync(silo, away, abort),
            FaultKind.KillTrainer => ReplaceAsync(trainer.KillAsync, away, abort, trainer),
            FaultKind.StopTrainer => ReplaceAsync(trainer.StopAsync, away, abort, trainer),
            FaultKind.FreezeTrainerShort or FaultKind.FreezeTrainerLong => FreezeAsync(trainer, away, abort),
            _ => ReplaceAsync(() => Task.WhenAll(silo.KillAsync(), trainer.KillAsync()), away, abort, silo, trainer),
        });
    }

    private static async Task ReplaceAsync(Func<Task> end, TimeSpan away, CancellationToken abort, params ISlot[] slots)
    {
        await end();
        await Task.Delay(away, abort);
        await Task.WhenAll(slots.Select(slot => slot.StartAsync(abort)));
    }

    private static async Task FreezeAsync(ISlot slot, TimeSpan away, CancellationToken abort)
    {
        slot.Freeze();
        await Task.Delay(away, abort);
        slot.Thaw();
    }

    private static async Task<bool> TryRestAsync(TimeSpan rest, CancellationToken end)
    {
        try
        {
            await Task.Delay(rest, end);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
