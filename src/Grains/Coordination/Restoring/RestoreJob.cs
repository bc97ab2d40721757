using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Cuts;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Recovery;
using Cairn.Grains.Coordination.Saving;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Coordination.Restoring;

/// <summary>Carries out one restore: read, stage, check, raise the generation, swap. Until the generation is raised nothing of the live state has
/// changed.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="recovery">Finishes a restore whose swap met a lost shard.</param>
/// <param name="request">What was asked for.</param>
/// <param name="prefix">The checkpoint.</param>
/// <param name="tensors">What is restored.</param>
internal sealed class RestoreJob(
    LiveModel model, CoordinatorParts parts, ModelRecovery recovery, RestoreRequest request, CheckpointPrefix prefix, ImmutableArray<SelectedTensor> tensors)
{
    // 6 seconds in all: the sessions of the model wait meanwhile.
    private const int RefreshTriesMax = 6;

    private static readonly TimeSpan RefreshPauseMin = TimeSpan.FromMilliseconds(200);

    /// <summary>Restores. When it returns, the new generation is in place on every shard.</summary>
    public async Task RunAsync(Operation operation)
    {
        operation.Enter(OperationPhase.Preparing, "read the index");
        LoadedCheckpoint checkpoint = await parts.Loader.ReadAsync(prefix, tensors, operation.Token);
        LoadPlan plan = LoadPlanner.Make(model.Name, [(checkpoint.Source, tensors)], model.Map, parts.NewId());

        operation.Enter(OperationPhase.Moving, "waited for silos to read the data files");
        operation.Measure(plan.LengthBytes, model.Sessions.Generation);
        await StageAsync(operation, plan);
        try
        {
            await SwapAsync(operation, checkpoint, plan);
        }
        finally
        {
            await parts.Loader.DropAsync(plan);
        }

        operation.Succeed(model.Sessions.Generation, parts.Record.Current.FindOutcome(request.Request)?.Message);
    }

    // PROTOCOL R17.
    private string? NoteOf(CoordinatorRecord raised)
    {
        if (!raised.OwesSave)
        {
            return null;
        }

        return OwnSaves.PrefixIn(raised) is { } own
            ? $"A save of everything to '{own}' follows, so that a rollback finds this state in one checkpoint that is kept for model '{model.Name}'."
            : $"A rollback would load '{prefix}' again, which lies outside of the folders of model '{model.Name}': nothing keeps it. Save the model soon.";
    }

    private async Task StageAsync(Operation operation, LoadPlan plan)
    {
        try
        {
            await parts.Loader.StageAsync(plan, operation.Progress, operation.Token);
        }
        catch (CheckpointException lost) when (lost.Error == CheckpointError.Aborted)
        {
            model.Suspect(lost.Message);
            throw;
        }
    }

    private bool IsWhole => tensors.Length == TensorSelection.All(model.RequireDefinition()).Length;

    private async Task SwapAsync(Operation operation, LoadedCheckpoint checkpoint, LoadPlan plan)
    {
        model.Change(model.Sessions.Hold());
        try
        {
            if (!IsWhole)
            {
                await StepWait.ForAllAsync(model, operation, parts); // What is not restored is kept, so no step may be half in it.
            }

            operation.Token.ThrowIfCancellationRequested();
            await RaiseAsync(checkpoint);
        }
        catch (Exception fault)
        {
            model.Change(model.Sessions.LetGo());
            if (fault is CheckpointException { Error: CheckpointError.Aborted or CheckpointError.Undecided })
            {
                model.Suspect(fault.Message);
            }

            throw;
        }

        operation.Enter(OperationPhase.Swapping, "waited for the shards to put the new values in place");
        try
        {
            await recovery.SwapAsync(plan.Load, [checkpoint], clear: false, CancellationToken.None);
            recovery.Enter(ModelPhase.Ready);
        }
        catch (CheckpointException lost)
        {
            // The generation is raised: there is no way back, only forward to the same values.
            model.Suspect(lost.Message);
            await recovery.RollBackAsync($"a shard was lost while '{prefix}' was restored: {lost.Message}");
            model.ClearSuspicion();
            if (!IsWhole || model.Phase != ModelPhase.Ready)
            {
                throw;
            }
        }
    }

    private async Task RaiseAsync(LoadedCheckpoint checkpoint)
    {
        ImmutableArray<TensorBinding> bindings = request.Tensors.IsDefault ? [] : request.Tensors;
        RestorePlanStep step = new(prefix.Value, checkpoint.IndexSha256, bindings, checkpoint.StampOf(model.Name), checkpoint.TearsOf(model.Name));
        bool isWhole = IsWhole;
        EndedSteps ended = isWhole ? checkpoint.EndedOf(model.Name) : model.Sessions.NewestEnded;
        CoordinatorRecord Raised(CoordinatorRecord before)
        {
            CoordinatorRecord raised = isWhole ? before.BeginGeneration(new RestorePlan(step, [])) : before.BeginGenerationBySubset(step);
            return KnownSessions.Rebase(raised, ended, parts.Options.SessionsMax).WithOutcome(
                new RequestOutcome(request.Request, RequestKind.Restore, prefix.Value, raised.Generation, null, NoteOf(raised), parts.Time.GetUtcNow()));
        }

        CoordinatorRecord record = await ChangeForCertainAsync(Raised);
        recovery.BeginLoading($"'{prefix}' is being put in place");
        model.Change(model.Sessions.Raise(record.Generation, prefix.Value, ended));
    }

    // When the store's answer is lost nobody knows whether the generation was raised; if it was, the restore cannot be called off any more.
    private async Task<CoordinatorRecord> ChangeForCertainAsync(Func<CoordinatorRecord, CoordinatorRecord> change)
    {
        try
        {
            return await parts.Record.ChangeAsync(change);
        }
        catch (CheckpointException fault) when (!parts.Record.IsSuperseded)
        {
            CoordinatorRecord record = await RefreshAsync(fault);
            if (record.FindOutcome(request.Request) is null)
            {
                throw; // It was not raised.
            }

            return record;
        }
    }

    private async Task<CoordinatorRecord> RefreshAsync(CheckpointException fault)
    {
        TimeSpan pause = RefreshPauseMin;
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await parts.Record.RefreshAsync();
            }
            catch (CheckpointException again) when (!parts.Record.IsSuperseded)
            {
                if (tries == RefreshTriesMax)
                {
                    throw new CheckpointException(
                        CheckpointError.Undecided, $"Whether '{prefix}' is restored is undecided; the model goes on as the store says: {again.Message}", fault);
                }

                await Task.Delay(pause, parts.Time);
                pause *= 2;
            }
        }
    }
}
