using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Cuts;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>Writes a frozen snapshot as a checkpoint: record, data files, commit. Called in the store turn.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="order">What is saved.</param>
internal sealed class SnapshotWriter(LiveModel model, CoordinatorParts parts, SaveOrder order)
{
    private static readonly TimeSpan CommitPauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CommitPauseMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CommitPatience = TimeSpan.FromMinutes(10);

    /// <summary>Writes. When it returns, the checkpoint is committed. What fails before the commit is cleared away.</summary>
    public async Task WriteAsync(Operation operation, SnapshotProgress snapshot, SaveIntent intent)
    {
        operation.Enter(OperationPhase.Moving, "recorded the attempt");
        SaveAttempt attempt = await parts.Commits.BeginAsync(intent, operation.Token);
        try
        {
            SnapshotProgress moved = await MoveAsync(operation, snapshot, attempt);
            model.EndStaging(attempt.Id);
            await CommitAsync(operation, attempt, Content(attempt, moved));
        }
        catch (Exception fault) when (fault is CheckpointException or OperationCanceledException)
        {
            CheckpointException cause = fault as CheckpointException ?? operation.Cancelled();
            await AbortAsync(attempt.Id, cause);
            throw cause;
        }

        if (model.Phase == ModelPhase.Unloaded && parts.Record.Current.Base?.Whole.Prefix == order.Prefix.Value)
        {
            model.Enter(ModelPhase.Ready, null); // There is something to roll back to again.
        }

        operation.Succeed(attempt.Stamp.Generation);
    }

    /// <summary>Has the silos let go of what is frozen and not written: one message for each silo, not for each shard. The shards of a silo that does not
    /// answer are asked one by one, until they do or are lost.</summary>
    public async Task LetGoAsync(SnapshotProgress snapshot)
    {
        CutProgress cut = snapshot.Cut;
        ImmutableArray<PlannedFile> files = snapshot.Plan.Files;
        bool[] isDone = await Task.WhenAll(files.Select(file => parts.Silos.TryDropAsync(file.Silo, cut.Snapshot)));
        ImmutableArray<ShardId> left = [.. files.Where((_, number) => !isDone[number]).SelectMany(file => file.Slices).Select(slice => slice.Shard).Distinct()];
        if (left.IsEmpty)
        {
            return;
        }

        try
        {
            await parts.Shards.OrderAsync(
                left,
                cut.Map,
                "let go of the snapshot",
                (grain, _, place) => grain.ReleaseAsync(cut.Snapshot, cut.Stamp.Cut, cut.Stamp.Epoch, place.Incarnation),
                model.Doomed);
        }
        catch (CheckpointException lost)
        {
            model.Suspect(lost.Message); // A frozen version dies with its activation.
        }
        catch (OperationCanceledException)
        {
            // The swap of the rollback lets go of everything.
        }
    }

    private async Task<SnapshotProgress> MoveAsync(Operation operation, SnapshotProgress progress, SaveAttempt attempt)
    {
        operation.Enter(OperationPhase.Moving, "waited for silos to write the data files");
        AttemptFile[] files = [.. attempt.DataFiles];
        long[] done = new long[files.Length];
        using CancellationTokenSource any = CancellationTokenSource.CreateLinkedTokenSource(operation.Token);
        Task<(int File, DataFileReceipt Receipt)> StartAsync(PlannedFile planned, int number) => WriteAsync(progress.Cut, planned, number, files[number], bytes =>
        {
            done[number] = bytes;
            operation.Progress(done.Sum());
        }, any.Token);

        (int File, DataFileReceipt Receipt)[] receipts = await FirstFault.WhenAllAsync(any, progress.Plan.Files.Select(StartAsync));
        SnapshotProgress moved = receipts.Aggregate(progress, (before, receipt) => before.Accept(receipt.File, receipt.Receipt));
        return moved.Phase == OperationPhase.Committing
            ? moved
            : throw new CheckpointException(
                CheckpointError.Aborted, $"A silo says that a data file of '{order.Prefix}' is written, but its receipt does not fit the ticket.");
    }

    private async Task<(int File, DataFileReceipt Receipt)> WriteAsync(
        CutProgress cut, PlannedFile planned, int number, AttemptFile file, Action<long> progress, CancellationToken cancellationToken)
    {
        DataFileTicket ticket = new(
            cut.Snapshot, cut.Stamp.Cut, file.Target, file.TargetExpected?.Value, [.. planned.Slices.Select(slice => slice.ToTicketLine())]);
        WorkStatus status = await WriteAsync(planned.Silo, ticket, progress, cancellationToken);
        return status.DataFile is { } receipt
            ? (number, receipt)
            : throw new CheckpointException(CheckpointError.Aborted, $"Silo {planned.Silo} says that '{file.Target}' is written, but gives no receipt.");
    }

    // The frozen pages are gone with the first try, so the file cannot be written again under this attempt.
    private async Task<WorkStatus> WriteAsync(SiloAddress silo, DataFileTicket ticket, Action<long> progress, CancellationToken cancellationToken)
    {
        try
        {
            return await parts.Silos.RunAsync(silo, ticket.Attempt, service => service.StartDataFileAsync(ticket), progress, cancellationToken);
        }
        catch (CheckpointException late) when (late.Error == CheckpointError.Superseded)
        {
            string cause = $"'{order.Prefix}' was not saved: a data file appeared there meanwhile, perhaps a silo's that was late with an earlier save. "
                + $"Save again: {late.Message}";
            throw new CheckpointException(CheckpointError.TryAgain, cause, late);
        }
    }

    private SaveContent Content(SaveAttempt attempt, SnapshotProgress progress)
    {
        byte[] index = IndexAssembly.Build(progress);
        return new SaveContent(
            [.. progress.Files.OrderBy(file => file.Key).Select(file => new WrittenFile(new BlobETag(file.Value.ETag), file.Value.LengthBytes))],
            index,
            order.Request.Options.WriteMeta ? MetaAssembly.Build(model.RequireDefinition(), order.Tensors, order.Request.Options) : null,
            SidecarAssembly.Build(attempt, model.Name, order.Request.GlobalStep, progress, index));
    }

    // Neither deadline nor interruption reaches a commit: what was begun is ended, however long the store takes.
    private async Task CommitAsync(Operation operation, SaveAttempt attempt, SaveContent content)
    {
        operation.Token.ThrowIfCancellationRequested();
        operation.Enter(OperationPhase.Committing, "waited for the store to commit");
        try
        {
            await parts.Commits.CommitAsync(attempt.Id, content, CancellationToken.None);
        }
        catch (CheckpointException undecided) when (undecided.Error == CheckpointError.Undecided)
        {
            operation.Enter(OperationPhase.Committing, $"is undecided, and goes on: {undecided.Message}");
            await FinishAsync(attempt.Id, undecided);
        }
    }

    // The record says that this checkpoint will exist: whatever the store answers is no reason to give up, as long as the attempt is this coordinator's.
    private async Task FinishAsync(Guid attempt, CheckpointException undecided)
    {
        long begun = parts.Time.GetTimestamp();
        for (TimeSpan pause = CommitPauseMin; ; pause = pause < CommitPauseMax ? 2 * pause : CommitPauseMax)
        {
            await Task.Delay(pause, parts.Time);
            CheckpointException cause = undecided;
            try
            {
                await parts.Commits.RecoverAsync(CancellationToken.None);
            }
            catch (CheckpointException again)
            {
                cause = again;
            }

            if (parts.Record.Current.FindOutcome(order.Request.Request) is { } outcome)
            {
                RequireCommitted(outcome, undecided);
                return;
            }

            bool isOurs = parts.Record.Current.Attempt?.Id == attempt && !parts.Record.IsSuperseded;
            if (!isOurs || parts.Time.GetElapsedTime(begun) > CommitPatience)
            {
                throw new CheckpointException(
                    CheckpointError.Undecided,
                    $"Whether '{order.Prefix}' is committed is undecided; ask again for the outcome of this request: {cause.Message}",
                    cause);
            }
        }
    }

    private void RequireCommitted(RequestOutcome outcome, CheckpointException undecided)
    {
        if (outcome.Error is { } error)
        {
            throw new CheckpointException(error, $"'{order.Prefix}' was not committed: {outcome.Message} It began with this: {undecided.Message}", undecided);
        }
    }

    private async Task AbortAsync(Guid attempt, CheckpointException cause)
    {
        if (cause.Error is CheckpointError.Aborted or CheckpointError.Undecided)
        {
            model.Suspect(cause.Message);
        }

        try
        {
            await parts.Commits.AbortAsync(attempt, cause.Error, cause.Message, CancellationToken.None);
        }
        catch (CheckpointException fault)
        {
            parts.Log.AbortFailed(model.Name, order.Prefix.Value, fault); // The record still names the attempt: the next save or coordinator resolves it.
        }
    }
}
