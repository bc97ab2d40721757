using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Cuts;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Recovery;
using Cairn.Grains.Coordination.Restoring;
using Cairn.Grains.Coordination.Saving;

namespace Cairn.Grains.Coordination.Operations;

/// <summary>Takes in saves and restores, and says how they stand.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="root">The address of the store.</param>
/// <param name="operations">Runs them.</param>
/// <param name="recovery">Finishes a restore whose swap met a lost shard.</param>
internal sealed class OperationDesk(LiveModel model, CoordinatorParts parts, string root, OperationTable operations, ModelRecovery recovery)
{
    private readonly CutDesk _cuts = new(model, parts);

    /// <summary>Starts a save; a repeat returns how it stands.</summary>
    /// <param name="request">What is to be saved.</param>
    /// <param name="isOwn">Whether the coordinator asks for it, and not a client that can be told to wait.</param>
    /// <exception cref="CheckpointException">The request is refused.</exception>
    public OperationStatus StartSave(SaveRequest request, bool isOwn = false)
    {
        ModelDefinition definition = model.RequireDefinition();
        if (Known(request.Request) is { } known)
        {
            return known;
        }

        string path = CheckpointPaths.Prefix(request.Prefix, request.GlobalStep, request.Options.PadStep);
        CheckpointPaths.RequireNoCollision(request.Prefix, request.GlobalStep, latestFileName: request.Options.StateFileName);
        CheckpointPrefix prefix = StorePaths.Prefix(path, root);
        ImmutableArray<SelectedTensor> tensors = TensorSelection.ForSave(definition, request.Tensors);
        model.Sessions.RequireOutsideStep(request.Session, "save");
        SaveJob job = new(model, parts, _cuts, operations.Turns, new SaveOrder(request, prefix, tensors));
        return Start(request.Request, "save", prefix, request.Options.DeadlineSeconds, job.RunAsync, isOwn);
    }

    /// <summary>Starts a restore; a repeat returns how it stands.</summary>
    /// <exception cref="CheckpointException">The request is refused.</exception>
    public OperationStatus StartRestore(RestoreRequest request)
    {
        ModelDefinition definition = model.RequireDefinition();
        if (Known(request.Request) is { } known)
        {
            return known;
        }

        CheckpointPrefix prefix = StorePaths.Prefix(request.Prefix, root);
        ImmutableArray<SelectedTensor> tensors = TensorSelection.ForRestore(definition, request.Tensors);
        model.Sessions.RequireOutsideStep(request.Session, "restore");
        RestoreJob job = new(model, parts, recovery, request, prefix, tensors);
        return Start(request.Request, "restore", prefix, request.DeadlineSeconds, operation => RunAsync(operation, job));
    }

    /// <summary>Waits until an operation ends, or until <paramref name="patience"/> has passed, and says how it stands.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: nothing is known of it.</exception>
    public async Task<OperationStatus> WaitAsync(Guid request, TimeSpan patience)
    {
        if (patience > TimeSpan.Zero && operations.Find(request) is { } operation)
        {
            await operation.WaitAsync(patience, parts.Time);
        }

        return Known(request) ?? throw new CheckpointException(
            CheckpointError.NotFound,
            $"Model '{model.Name}' knows no request {request}: it ended long ago, or the coordinator that took it died before it began. Start it again.");
    }

    private OperationStatus Start(Guid request, string kind, CheckpointPrefix prefix, double deadlineSeconds, Func<Operation, Task<bool>> job, bool isOwn = false)
    {
        long begun = parts.Time.GetTimestamp();
        parts.Log.Begins(model.Name, kind, prefix.Value);
        return operations.Start(request, prefix.Value, deadlineSeconds, PrepareAsync, async operation =>
        {
            try
            {
                if (!await job(operation))
                {
                    return false;
                }

                parts.Log.Done(model.Name, kind, prefix.Value, parts.Time.GetElapsedTime(begun).TotalSeconds, operation.Status.TotalBytes);
                return true;
            }
            catch (Exception fault)
            {
                parts.Log.Failed(model.Name, kind, prefix.Value, fault);
                throw;
            }
        }, isOwn).Status;
    }

    private async Task<bool> RunAsync(Operation operation, RestoreJob restore)
    {
        if (operations.Turns.Cut.Holder is { } other)
        {
            operation.Enter(OperationPhase.Queued, $"waited for {other} to end");
        }

        bool isDone = false;
        await operations.Turns.InBothAsync($"the restore of '{operation.Status.Prefix}'", async () =>
        {
            if (model.Phase != ModelPhase.Loading)
            {
                await restore.RunAsync(operation);
                isDone = true;
            }
        }, operation.Token);
        return isDone;
    }

    // Not in the operation's turn: in that the recovery runs which it waits for.
    private async Task PrepareAsync(Operation operation)
    {
        if (model.Phase == ModelPhase.Loading)
        {
            operation.Enter(OperationPhase.Queued, "waited for the model to load");
            await model.RequireSettledAsync(operation.Deadline, parts.Time, operation.Token);
        }
    }

    private OperationStatus? Known(Guid request)
    {
        // What was undecided when its operation ended may be decided by now.
        OperationStatus? status = operations.Find(request)?.Status;
        if (status is not null and not { Error: CheckpointError.Undecided })
        {
            return status;
        }

        if (parts.Record.Current.FindOutcome(request) is not { } outcome)
        {
            return status;
        }

        OperationPhase phase = outcome.Error is null ? OperationPhase.Succeeded : OperationPhase.Failed;
        return new OperationStatus(request, phase, outcome.Prefix, 0, 0, outcome.Generation, outcome.Error, outcome.Message);
    }
}
