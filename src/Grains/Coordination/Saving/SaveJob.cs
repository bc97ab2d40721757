using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Sidecars;
using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Routing;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>Carries out one save: drain, seal, move, commit. It runs in the coordinator's turns, one at a time, and leaves nothing behind when it fails before
/// the commit.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="request">What was asked for.</param>
/// <param name="prefix">The checkpoint, with the step.</param>
/// <param name="tensors">What is saved.</param>
internal sealed class SaveJob(LiveModel model, CoordinatorParts parts, SaveRequest request, CheckpointPrefix prefix, ImmutableArray<SelectedTensor> tensors)
{
    // A message of 20 names is read; one of 2,000 is not.
    private const int NamesShownMax = 20;

    private static readonly TimeSpan CommitPauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CommitPauseMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CommitPatience = TimeSpan.FromMinutes(10);

    private readonly Guid _attempt = parts.NewId();

    /// <summary>Saves. When it returns, the checkpoint is committed.</summary>
    public async Task RunAsync(Operation operation)
    {
        SavePlan plan = SavePlan.Make(model.Name, tensors, model.Map);
        long generation = model.Sessions.Generation;
        operation.Measure(plan.LengthBytes, generation);
        operation.Enter(OperationPhase.Preparing, "looked at the prefix in the store");
        SaveAttempt attempt = await parts.Commits.BeginAsync(Intent(plan), operation.Token);
        try
        {
            SnapshotProgress progress = await SealAsync(operation, plan, attempt);
            progress = await MoveAsync(operation, progress, attempt);
            await CommitAsync(operation, attempt, Content(attempt, progress));
        }
        catch (Exception fault) when (fault is CheckpointException or OperationCanceledException)
        {
            CheckpointException cause = fault as CheckpointException ?? operation.Cancelled();
            await AbortAsync(cause);
            throw cause;
        }
        finally
        {
            await ReleaseAsync(plan);
        }

        if (model.Phase == ModelPhase.Unloaded && parts.Record.Current.Base?.Whole.Prefix == prefix.Value)
        {
            model.Enter(ModelPhase.Ready, null); // There is something to roll back to again.
        }

        operation.Succeed(generation);
    }

    private SaveIntent Intent(SavePlan plan) => new(
        _attempt,
        request.Request,
        prefix,
        request.GlobalStep is not null,
        plan.Files.Length,
        model.Sessions.Cut + 1,
        tensors.Length == TensorSelection.All(model.RequireDefinition()).Length,
        request.Tensors.IsDefault ? [] : request.Tensors,
        request.Options);

    private async Task<SnapshotProgress> SealAsync(Operation operation, SavePlan plan, SaveAttempt attempt)
    {
        model.Change(model.Sessions.BeginDrain());
        try
        {
            await StepDrain.WaitAsync(model, operation, "save", parts);
            SnapshotProgress progress = SnapshotProgress.Begin(plan, SessionsAtTheCut());

            operation.Enter(OperationPhase.Sealing, "waited for the shards to freeze their state");
            ShardAnswers<SealReceipt> seals = await parts.Shards.OrderAsync(
                model.Map.Shards,
                model.Map,
                "seal",
                (grain, shard, place) => grain.SealAsync(new SealTicket(
                    _attempt, place.Incarnation, attempt.Stamp.Generation, attempt.Stamp.Epoch, attempt.Stamp.Cut, plan.Incarnations.ContainsKey(shard))),
                operation.Token);
            RequireUnspoiled(seals.Values);
            progress = progress.Accept(seals.Values).EndSealing();
            RequireComplete(progress);
            return progress;
        }
        finally
        {
            model.Change(model.Sessions.EndDrain());
        }
    }

    private ImmutableArray<SidecarSession> SessionsAtTheCut() =>
    [
        .. from session in model.Sessions.Sessions.Values
           where session.Name is not null
           select new SidecarSession(session.Name!, session.Incarnation, session.LastEndedStep),
    ];

    private void RequireUnspoiled(ImmutableArray<SealReceipt> seals)
    {
        if (seals.FirstOrDefault(seal => seal.Spoiled is not null) is { } spoiled)
        {
            throw new CheckpointException(CheckpointError.Aborted, $"'{prefix}' of model '{model.Name}' was not saved: {spoiled.Spoiled}");
        }
    }

    private void RequireComplete(SnapshotProgress progress)
    {
        if (progress.Phase != OperationPhase.Moving)
        {
            throw new CheckpointException(
                CheckpointError.Aborted, $"A shard of model '{model.Name}' was sealed by another activation than the one it was routed to; save again.");
        }

        IReadOnlyList<string> empty = progress.Uninitialised();
        if (empty.Count > 0)
        {
            string more = empty.Count > NamesShownMax ? $", and {empty.Count - NamesShownMax} more" : "";
            throw new CheckpointException(
                CheckpointError.Uninitialised,
                $"Attempting to use uninitialized value {string.Join(", ", empty.Take(NamesShownMax))}{more}: '{prefix}' of model '{model.Name}' was not "
                    + "saved. Initialise these variables, restore a checkpoint, or save others only.");
        }
    }

    private async Task<SnapshotProgress> MoveAsync(Operation operation, SnapshotProgress progress, SaveAttempt attempt)
    {
        operation.Enter(OperationPhase.Moving, "waited for silos to write the data files");
        AttemptFile[] files = [.. attempt.DataFiles];
        long[] done = new long[files.Length];
        using CancellationTokenSource any = CancellationTokenSource.CreateLinkedTokenSource(operation.Token);
        Task<(int File, DataFileReceipt Receipt)> StartAsync(PlannedFile planned, int number) => WriteAsync(planned, number, files[number], bytes =>
        {
            done[number] = bytes;
            operation.Progress(done.Sum());
        }, any.Token);

        (int File, DataFileReceipt Receipt)[] receipts = await FirstFault.WhenAllAsync(any, progress.Plan.Files.Select(StartAsync));
        SnapshotProgress moved = receipts.Aggregate(progress, (before, receipt) => before.Accept(receipt.File, receipt.Receipt));
        return moved.Phase == OperationPhase.Committing
            ? moved
            : throw new CheckpointException(
                CheckpointError.Aborted, $"A silo says that a data file of '{prefix}' is written, but its receipt does not fit the ticket.");
    }

    private async Task<(int File, DataFileReceipt Receipt)> WriteAsync(
        PlannedFile planned, int number, AttemptFile file, Action<long> progress, CancellationToken cancellationToken)
    {
        DataFileTicket ticket = new(
            _attempt, model.Sessions.Cut, file.Target, file.TargetExpected?.Value, [.. planned.Slices.Select(slice => slice.ToTicketLine())]);
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
            return await parts.Silos.RunAsync(silo, _attempt, service => service.StartDataFileAsync(ticket), progress, cancellationToken);
        }
        catch (CheckpointException late) when (late.Error == CheckpointError.Superseded)
        {
            string cause = $"'{prefix}' was not saved: a data file appeared there meanwhile, perhaps a silo's that was late with an earlier save. "
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
            request.Options.WriteMeta ? MetaAssembly.Build(model.RequireDefinition(), tensors, request.Options) : null,
            SidecarAssembly.Build(attempt, model.Name, request.GlobalStep, progress, parts.Record.Current.Tears, index));
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
            await FinishAsync(undecided);
        }
    }

    // The record says that this checkpoint will exist: whatever the store answers is no reason to give up, as long as the attempt is this coordinator's.
    private async Task FinishAsync(CheckpointException undecided)
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

            if (parts.Record.Current.FindOutcome(request.Request) is { } outcome)
            {
                RequireCommitted(outcome, undecided);
                return;
            }

            bool isOurs = parts.Record.Current.Attempt?.Id == _attempt && !parts.Record.IsSuperseded;
            if (!isOurs || parts.Time.GetElapsedTime(begun) > CommitPatience)
            {
                throw new CheckpointException(
                    CheckpointError.Undecided,
                    $"Whether '{prefix}' is committed is undecided; ask again for the outcome of this request: {cause.Message}",
                    cause);
            }
        }
    }

    private void RequireCommitted(RequestOutcome outcome, CheckpointException undecided)
    {
        if (outcome.Error is { } error)
        {
            throw new CheckpointException(error, $"'{prefix}' was not committed: {outcome.Message} It began with this: {undecided.Message}", undecided);
        }
    }

    private async Task AbortAsync(CheckpointException cause)
    {
        if (cause.Error is CheckpointError.Aborted or CheckpointError.Undecided)
        {
            model.Suspect(cause.Message);
        }

        try
        {
            await parts.Commits.AbortAsync(_attempt, cause.Error, cause.Message, CancellationToken.None);
        }
        catch (CheckpointException fault)
        {
            parts.Log.AbortFailed(model.Name, prefix.Value, fault); // The record still names the attempt: the next save or coordinator resolves it.
        }
    }

    private async Task ReleaseAsync(SavePlan plan)
    {
        await Task.WhenAll(plan.Files.Select(file => parts.Silos.TryDropAsync(file.Silo, _attempt)));
        try
        {
            ShardMap map = model.Map;
            long epoch = parts.Record.Current.Epoch;
            long cut = model.Sessions.Cut;
            await parts.Shards.OrderAsync(
                map.Shards,
                map,
                "release the snapshot",
                (grain, _, place) => grain.ReleaseAsync(_attempt, cut, epoch, place.Incarnation),
                CancellationToken.None);
        }
        catch (CheckpointException lost)
        {
            model.Suspect(lost.Message); // A frozen version dies with its activation.
        }
    }
}
