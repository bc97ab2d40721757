using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination.Recovery;

/// <summary>Sees to it that a model which has lost something is recovered: at once where the loss is certain, else when no operation runs, and again until it
/// has succeeded. One recovery runs at a time.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="operations">What runs beside it.</param>
/// <param name="recovery">Does it.</param>
/// <param name="isStopping">Whether the coordinator's own silo is leaving: then nothing is begun any more.</param>
internal sealed class RecoveryWatch(LiveModel model, CoordinatorParts parts, OperationTable operations, ModelRecovery recovery, Func<bool> isStopping)
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMinutes(1);

    private bool _isRecovering;
    private TimeSpan _pause = PauseMin;
    private DateTimeOffset _nextAt;
    private DateTimeOffset _sweptAt;

    private DateTimeOffset Now => parts.Time.GetUtcNow();

    /// <summary>Looks whether something is to be recovered.</summary>
    public void Tick()
    {
        if (_isRecovering || isStopping() || Now < _nextAt)
        {
            return;
        }

        if (model.OwedRollback is { } torn)
        {
            Begin(torn, isCertain: true, () => AloneAsync(() => PayAsync(torn)));
        }
        else if (IsServing && FirstDead() is { } dead)
        {
            Begin($"silo {dead} is gone", isCertain: true, () => AloneAsync(ResolveAndSettleAsync));
        }
        else if (model.Suspicion is { } reason)
        {
            LookInto(reason);
        }
        else if (model.Phase == ModelPhase.Loading && !operations.Turns.IsBusy)
        {
            LookInto("nobody loads the model that is to be loaded");
        }
        else if (Now - _sweptAt >= SweepPeriod && parts.Record.Current.Deletions.Any(deletion => deletion.Due <= Now))
        {
            _sweptAt = Now;
            Begin("deletions are due", isCertain: false, SweepAsync);
        }
    }

    /// <summary>Finds out what is left of the model, when no operation runs.</summary>
    public void LookInto(string cause) => Begin(cause, isCertain: false, () => AloneAsync(ResolveAndSettleAsync));

    /// <summary>Takes in that an activation of a shard is there which is not the one that was admitted.</summary>
    public void Replaced(ShardId shard, SiloAddress silo)
    {
        // While shards are placed, activations are new because they were just made.
        if (IsServing)
        {
            Begin($"shard '{shard}' was activated anew on {silo}", isCertain: true, () => AloneAsync(ResolveAndSettleAsync));
        }
    }

    /// <summary>Takes in that a step of a generation is torn: nothing of that generation is saved any more, and it is rolled back.</summary>
    public void Torn(string cause, long generation) => Owe(cause, generation, isLoss: false);

    /// <summary>Takes in that a shard of a generation is lost: the same, as far as the model's policy has it so.</summary>
    public void Lost(string cause, long generation) => Owe(cause, generation, isLoss: true);

    private void Owe(string cause, long generation, bool isLoss)
    {
        model.OweRollback(generation, cause, isLoss);
        if (model.OwedRollback is { } owed)
        {
            Begin(owed, isCertain: true, () => AloneAsync(() => PayAsync(owed)));
        }
    }

    private SiloAddress? FirstDead() => model.Map.Silos.FirstOrDefault(silo => !parts.Silos.IsAlive(silo));

    private bool IsServing => model.Phase is ModelPhase.Ready or ModelPhase.Unloaded;

    private void Begin(string cause, bool isCertain, Func<Task> work)
    {
        if (isStopping())
        {
            return;
        }

        bool isFirst = !_isRecovering;
        _isRecovering = true; // Before anybody is interrupted, who could ask for a recovery of his own.
        if (isCertain)
        {
            // Also while another recovery runs: it may be waiting for these very operations, and they must not commit what is lost.
            operations.InterruptAll(new CheckpointException(
                CheckpointError.Aborted, $"Given up because model '{model.Name}' begins a new generation: {cause}."));
            model.Doom();
        }

        if (!isFirst)
        {
            model.Suspect(cause); // Looked into once more when the recovery that runs has ended.
            return;
        }

        model.ClearSuspicion();
        _ = RunAsync(work);
    }

    private async Task RunAsync(Func<Task> work)
    {
        try
        {
            await work();
            (_pause, _nextAt) = (PauseMin, default);
        }
        catch (ObjectDisposedException)
        {
            // The coordinator has ended meanwhile.
        }
        catch (Exception fault) when (isStopping())
        {
            parts.Log.RecoveryEnds(model.Name, fault.Message);
        }
        catch (CheckpointException fault)
        {
            parts.Log.RecoveryFailed(model.Name, fault.Message);
            TryAgainLater(fault);
        }
        catch (Exception fault)
        {
            parts.Log.Unexpected(model.Name, fault);
            TryAgainLater(fault);
        }
        finally
        {
            _isRecovering = false;
        }
    }

    private void TryAgainLater(Exception fault)
    {
        if (model.Phase == ModelPhase.Loading)
        {
            model.Enter(ModelPhase.Loading, fault.Message); // Those who wait are told what for.
        }

        model.Suspect(fault.Message);
        _nextAt = Now + _pause;
        _pause = _pause < PauseMax / 2 ? 2 * _pause : PauseMax;
    }

    private async Task AloneAsync(Func<Task> recover)
    {
        await operations.Turns.InBothAsync("a recovery", recover, CancellationToken.None);
        if (model.OwedRollback is null)
        {
            model.Spare();
        }
    }

    // Cuts go on meanwhile.
    private Task SweepAsync() =>
        operations.Turns.InStoreAsync("a sweep of deletions", () => parts.Commits.SweepAsync(CancellationToken.None), CancellationToken.None);

    // A torn step ends its own generation only: another recovery may have done so already.
    private Task PayAsync(string owed)
    {
        if (model.OwedRollback is null)
        {
            return Task.CompletedTask;
        }

        return model.IsOwedForLoss ? recovery.LoseAsync(owed) : recovery.RollBackAsync(owed);
    }

    private async Task ResolveAndSettleAsync()
    {
        await parts.Commits.RecoverAsync(CancellationToken.None);
        if (model.Definition is not null)
        {
            await recovery.SettleAsync();
        }
    }
}
