using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Format.Sidecars;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Routing;
using Cairn.Grains.Coordination.Saving;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Coordination.Cuts;

/// <summary>Cuts a model: opens the cut, waits for the steps before it, has every shard freeze its state. Called in the cut turn, one cut at a time.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
internal sealed class CutDesk(LiveModel model, CoordinatorParts parts)
{
    // A message of 20 names is read; one of 2,000 is not.
    private const int NamesShownMax = 20;

    // One that is being written, and one that is sealed meanwhile: a third would only hold pages.
    private const int SnapshotsMax = 2;

    /// <summary>Cuts. When it returns, the snapshot is frozen on every shard, and the caller lets go of it.</summary>
    /// <exception cref="CheckpointException">It was given up, and the shards have let go of it, or the model is looked into.</exception>
    public async Task<SnapshotProgress> CutAsync(Operation operation, ImmutableArray<SelectedTensor> tensors)
    {
        await RequireEndedAsync();
        await WaitForRoomAsync(operation);
        SavePlan plan = SavePlan.Make(model.Name, tensors, model.Map);
        operation.Measure(plan.LengthBytes, model.Sessions.Generation);
        Open();
        try
        {
            long begun = parts.Time.GetTimestamp();
            await StepWait.ForCutAsync(model, operation, parts);
            TimeSpan waited = parts.Time.GetElapsedTime(begun);
            ImmutableArray<SidecarSession> sessions = SessionsBeforeCut.Of(model.Sessions);
            ImmutableArray<AbandonedStep> tears = parts.Record.Current.Tears;
            await SealAsync(operation, plan);
            parts.Log.Cut(model.Name, operation.Status.Prefix, model.Cut!.Stamp.Cut, waited.TotalSeconds, parts.Time.GetElapsedTime(begun).TotalSeconds);
            SnapshotProgress snapshot = SnapshotProgress.Begin(model.Cut!, plan, sessions, tears);
            RequireInitialised(operation, snapshot);
            model.BeginStaging(snapshot.Cut.Snapshot, operation.Status.Prefix);
            return snapshot;
        }
        catch (Exception fault) when (fault is CheckpointException or OperationCanceledException)
        {
            CheckpointException cause = fault as CheckpointException ?? operation.Cancelled();
            operation.Fail(cause.Error, cause.Message); // Its caller need not wait for what follows.
            model.Cut = model.Cut!.GiveUp();
            await ReleaseAsync(model.Cut);
            throw cause;
        }
    }

    private void Open()
    {
        model.Change(model.Sessions.OpenCut());
        SessionLedger sessions = model.Sessions;
        model.Cut = CutProgress.Open(parts.NewId(), new SaveStamp(sessions.Generation, sessions.Epoch, sessions.Cut), model.Map);
    }

    private async Task SealAsync(Operation operation, SavePlan plan)
    {
        CutProgress cut = model.Cut = model.Cut!.BeginSealing();
        operation.Enter(OperationPhase.Sealing, "waited for the shards to freeze their state");
        SealTicket ticket = new(cut.Snapshot, default, cut.Stamp.Generation, cut.Stamp.Epoch, cut.Stamp.Cut, true);
        try
        {
            ShardAnswers<SealReceipt> seals = await parts.Shards.OrderAsync(
                cut.Map.Shards,
                cut.Map,
                "seal",
                (grain, shard, place) => grain.SealAsync(ticket with { Incarnation = place.Incarnation, Keep = plan.Incarnations.ContainsKey(shard) }),
                operation.Token);
            model.Cut = cut.EndSealing(seals.Values);
        }
        catch (CheckpointException lost)
        {
            model.Suspect(lost.Message);
            throw;
        }

        if (model.Cut.Fault is { } fault)
        {
            throw new CheckpointException(CheckpointError.Aborted, $"'{operation.Status.Prefix}' of model '{model.Name}' was not saved: {fault}. Save again.");
        }
    }

    private void RequireInitialised(Operation operation, SnapshotProgress snapshot)
    {
        IReadOnlyList<string> empty = snapshot.Uninitialised();
        if (empty.Count > 0)
        {
            string more = empty.Count > NamesShownMax ? $", and {empty.Count - NamesShownMax} more" : "";
            throw new CheckpointException(
                CheckpointError.Uninitialised,
                $"Attempting to use uninitialized value {string.Join(", ", empty.Take(NamesShownMax))}{more}: '{operation.Status.Prefix}' of model "
                    + $"'{model.Name}' was not saved. Initialise these variables, restore a checkpoint, or save others only.");
        }
    }

    // A shard that does not answer is lost, or the next save asks it again; the swap of a new generation ends every cut.
    private async Task ReleaseAsync(CutProgress cut)
    {
        try
        {
            await parts.Shards.OrderAsync(
                cut.Map.Shards,
                cut.Map,
                "let go of the cut",
                (grain, _, place) => grain.ReleaseAsync(cut.Snapshot, cut.Stamp.Cut, cut.Stamp.Epoch, place.Incarnation),
                model.Doomed);
            model.Cut = cut.EndRelease();
        }
        catch (CheckpointException lost)
        {
            model.Suspect(lost.Message);
        }
        catch (OperationCanceledException)
        {
            // The model is about to be rolled back.
        }
    }

    private async Task RequireEndedAsync()
    {
        if (model.Cut is not { HasEnded: false } cut)
        {
            return;
        }

        await ReleaseAsync(cut);
        if (!model.Cut.HasEnded)
        {
            throw new CheckpointException(
                CheckpointError.TryAgain,
                $"Not every shard of model '{model.Name}' has said how cut {cut.Stamp.Cut} ended; the model is looked into. Save again.");
        }
    }

    private async Task WaitForRoomAsync(Operation operation)
    {
        if (model.Unstaged.Count >= SnapshotsMax)
        {
            operation.Enter(OperationPhase.Queued, $"waited for the save of '{model.Unstaged[0].Prefix}' to be in the store");
            await model.WaitUntilAsync(each => each.Unstaged.Count < SnapshotsMax, operation.Deadline, parts.Time, operation.Token);
            operation.Token.ThrowIfCancellationRequested();
        }
    }
}
