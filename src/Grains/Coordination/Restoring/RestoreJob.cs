using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Recovery;
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
    /// <summary>Restores. When it returns, the new generation is in place on every shard.</summary>
    public async Task RunAsync(Operation operation)
    {
        operation.Enter(OperationPhase.Preparing, "waited for the model to load");
        await model.RequireSettledAsync(operation.Deadline, parts.Time, operation.Token);

        operation.Enter(OperationPhase.Preparing, "read the index");
        LoadedCheckpoint checkpoint = await parts.Loader.ReadAsync(prefix, tensors, operation.Token);
        LoadPlan plan = LoadPlanner.Make(model.Name, [(checkpoint.Source, tensors)], model.Map, Guid.NewGuid());

        operation.Enter(OperationPhase.Moving, "waited for silos to read the data files");
        operation.Measure(plan.LengthBytes, model.Sessions.Generation);
        await parts.Loader.StageAsync(plan, operation.Progress, operation.Token);
        try
        {
            await SwapAsync(operation, checkpoint, plan);
        }
        finally
        {
            await parts.Loader.DropAsync(plan);
        }

        operation.Succeed(model.Sessions.Generation);
    }

    private bool IsWhole => tensors.Length == TensorSelection.All(model.RequireDefinition()).Length;

    private async Task SwapAsync(Operation operation, LoadedCheckpoint checkpoint, LoadPlan plan)
    {
        model.Change(model.Sessions.BeginDrain());
        try
        {
            if (!IsWhole)
            {
                await StepDrain.WaitAsync(model, operation, "restore", parts); // What is not restored is kept, so no step may be half in it.
            }

            operation.Token.ThrowIfCancellationRequested();
            await RaiseAsync(checkpoint);
        }
        catch
        {
            model.Change(model.Sessions.EndDrain());
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
            await recovery.RollBackAsync($"a shard was lost while '{prefix}' was restored: {lost.Message}");
            if (!IsWhole || model.Phase != ModelPhase.Ready)
            {
                throw;
            }
        }
    }

    private async Task RaiseAsync(LoadedCheckpoint checkpoint)
    {
        ImmutableArray<TensorBinding> bindings = request.Tensors.IsDefault ? [] : request.Tensors;
        RestorePlanStep step = new(prefix.Value, checkpoint.IndexSha256, bindings, checkpoint.StampOf(model.Name));
        bool isWhole = IsWhole;
        CoordinatorRecord record = await parts.Record.ChangeAsync(before =>
        {
            CoordinatorRecord raised = isWhole ? before.BeginGeneration(new RestorePlan(step, [])) : before.BeginGenerationBySubset(step);
            return raised.WithOutcome(
                new RequestOutcome(request.Request, RequestKind.Restore, prefix.Value, raised.Generation, null, null, parts.Time.GetUtcNow()));
        });
        model.Enter(ModelPhase.Loading, null);
        model.Change(model.Sessions.Raise(record.Generation, prefix.Value));
    }
}
