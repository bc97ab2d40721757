using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Cuts;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>Carries out one save in two stages: it is cut in the cut turn, and stored in the store turn, so that the next save may be cut while this one is
/// being stored. It leaves nothing behind when it fails before the commit.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="cuts">Cuts the model.</param>
/// <param name="turns">The turns.</param>
/// <param name="order">What is saved.</param>
internal sealed class SaveJob(LiveModel model, CoordinatorParts parts, CutDesk cuts, OperationTurns turns, SaveOrder order)
{
    private string Prefix => order.Prefix.Value;

    /// <summary>Saves. When it returns, the checkpoint is committed. False: it may not begin after all, because the model is loading.</summary>
    public async Task<bool> RunAsync(Operation operation)
    {
        if (turns.Cut.Holder is { } other)
        {
            operation.Enter(OperationPhase.Queued, $"waited for {other} to be cut");
        }

        SnapshotProgress? snapshot;
        Task place;
        await turns.Cut.EnterAsync($"the save of '{Prefix}'", operation.Token);
        try
        {
            if (model.Phase == ModelPhase.Loading)
            {
                return false;
            }

            operation.Enter(OperationPhase.Queued, "looked at the prefix in the store");
            await parts.Commits.LookAsync(IntentOf(model.Map.Silos.Length, Guid.Empty, StampNow), operation.Token);
            snapshot = await cuts.CutAsync(operation, order.Tensors);

            // Its place is drawn before the next save can be cut: checkpoints are published in the order of their cuts.
            operation.Enter(OperationPhase.Moving, $"waited for {turns.Store.Holder ?? "its turn"} to end");
            place = turns.Store.EnterAsync($"the save of '{Prefix}'", operation.Token);
        }
        finally
        {
            turns.Cut.Leave();
        }

        await StoreAsync(operation, snapshot, place);
        return true;
    }

    private SaveStamp StampNow
    {
        get
        {
            SessionLedger sessions = model.Sessions;
            return new SaveStamp(sessions.Generation, sessions.Epoch, sessions.Cut);
        }
    }

    private async Task StoreAsync(Operation operation, SnapshotProgress snapshot, Task place)
    {
        SnapshotWriter writer = new(model, parts, order);
        try
        {
            await place;
            try
            {
                await writer.WriteAsync(operation, snapshot, IntentOf(snapshot.Plan.Files.Length, snapshot.Cut.Snapshot, snapshot.Cut.Stamp));
            }
            finally
            {
                turns.Store.Leave();
            }
        }
        finally
        {
            model.EndStaging(snapshot.Cut.Snapshot);
            await writer.LetGoAsync(snapshot);
        }
    }

    private SaveIntent IntentOf(int dataFiles, Guid attempt, SaveStamp stamp) => new(
        attempt,
        order.Request.Request,
        order.Prefix,
        order.Request.GlobalStep is not null,
        dataFiles,
        stamp,
        order.Tensors.Length == TensorSelection.All(model.RequireDefinition()).Length,
        order.Request.Tensors.IsDefault ? [] : order.Request.Tensors,
        order.Request.Options);
}
