using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Retention;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>Carries out the steps of an attempt that will be, as <see cref="CommitRules.Next"/> orders them. Nothing here is cancelled: a commit is finished,
/// by this coordinator or the next.</summary>
internal sealed class CommitRun(IBlobStore store, RecordLedger ledger, TimeProvider time, CommitOptions options)
{
    private readonly StateFiles _states = new(store, ledger);

    /// <summary>Goes on with the attempt until it is resolved. It may have been anywhere.</summary>
    public async Task FinishAsync(SaveAttempt attempt)
    {
        CommitStep step = CommitStep.LookAtIndex;
        while (step is not (CommitStep.Resolve or CommitStep.Refuse or CommitStep.Break))
        {
            StepOutcome outcome = await PerformAsync(step, attempt);
            if (outcome == StepOutcome.IsChanged && await AttemptFiles.LookAtIndexAsync(store, attempt) == StepOutcome.IsOurs)
            {
                outcome = StepOutcome.IsOurs; // A zombie of the same attempt has finished it meanwhile, and removed what it published from.
            }

            attempt = ledger.Current.Attempt is { } held && held.Id == attempt.Id ? held : attempt;
            step = CommitRules.Next(attempt.Kind, step, outcome);
        }

        await EndAsync(step, attempt);
    }

    private async Task<StepOutcome> PerformAsync(CommitStep step, SaveAttempt attempt)
    {
        switch (step)
        {
            case CommitStep.LookAtIndex:
                return await AttemptFiles.LookAtIndexAsync(store, attempt);
            case CommitStep.VerifyFiles:
                return await AttemptFiles.AreWholeAsync(store, attempt, CancellationToken.None) ? StepOutcome.Done : StepOutcome.IsChanged;
            case CommitStep.PointAway:
                return await _states.PointAwayAsync(attempt);
            case CommitStep.RemoveOldIndex:
                return await RemoveOldIndexAsync(attempt);
            case CommitStep.PlaceFiles:
                return await PlaceFilesAsync(attempt);
            case CommitStep.PlaceIndex:
                return await PlaceIndexAsync(attempt);
            case CommitStep.PlaceStates:
                await _states.PlaceAsync(attempt);
                return StepOutcome.Done;
            case CommitStep.RemoveStale:
                await RemoveStaleAsync(attempt);
                return StepOutcome.Done;
            default:
                await RemoveWorkingsAsync(attempt);
                return StepOutcome.Done;
        }
    }

    private async Task<StepOutcome> RemoveOldIndexAsync(SaveAttempt attempt)
    {
        if (attempt.Index.Expected is not { } old)
        {
            return StepOutcome.Done;
        }

        BlobDeletion outcome = await store.DeleteAsync(attempt.Checkpoint.IndexName, old, CancellationToken.None);
        return outcome == BlobDeletion.Changed ? await AttemptFiles.LookAtIndexAsync(store, attempt) : StepOutcome.Done;
    }

    private async Task<StepOutcome> PlaceFilesAsync(SaveAttempt attempt)
    {
        for (int i = 0; i < attempt.Files.Length; i++)
        {
            StepOutcome? placed;
            for (int tries = 1; (placed = await TryPlaceAsync(attempt.Files[i])) is null; tries++)
            {
                // A predecessor has copied it, or somebody else has written there: what stands there now becomes the condition, in the record first.
                attempt = await ExpectAsync(attempt, i, tries);
            }

            if (placed == StepOutcome.IsChanged)
            {
                return StepOutcome.IsChanged;
            }
        }

        return StepOutcome.Done;
    }

    /// <summary>Null when the condition failed.</summary>
    private async Task<StepOutcome?> TryPlaceAsync(AttemptFile file)
    {
        try
        {
            BlobCondition condition = BlobCondition.IfStill(file.Expected);
            return await store.TryCopyAsync(file.Target, file.Written!.Value, file.Name, condition, CancellationToken.None) is null ? null : StepOutcome.Done;
        }
        catch (CheckpointException gone) when (gone.Error is CheckpointError.NotFound or CheckpointError.Superseded)
        {
            return StepOutcome.IsChanged;
        }
    }

    private async Task<SaveAttempt> ExpectAsync(SaveAttempt attempt, int ordinal, int tries)
    {
        string name = attempt.Files[ordinal].Name;
        if (tries >= StateFiles.TriesMax)
        {
            throw new CheckpointException(CheckpointError.TryAgain, $"'{name}' was changed by somebody else {tries} times while it was to be written.");
        }

        BlobProperties? standing = await store.TryGetPropertiesAsync(name, CancellationToken.None);
        return await ledger.ChangeAttemptAsync(
            attempt.Id, held => held with { Files = held.Files.SetItem(ordinal, held.Files[ordinal] with { Expected = standing?.ETag }) });
    }

    private async Task<StepOutcome> PlaceIndexAsync(SaveAttempt attempt)
    {
        try
        {
            // Copied, not written: when the attempt is resolved its source is gone, and a late copy finds nothing to publish.
            BlobETag? placed = await store.TryCopyAsync(
                attempt.IndexWorking, attempt.Index.Working!.Value, attempt.Checkpoint.IndexName, BlobCondition.IfAbsent, CancellationToken.None);
            return placed is not null ? StepOutcome.Done : await AttemptFiles.LookAtIndexAsync(store, attempt);
        }
        catch (CheckpointException gone) when (gone.Error is CheckpointError.NotFound or CheckpointError.Superseded)
        {
            return StepOutcome.IsChanged;
        }
    }

    private async Task RemoveStaleAsync(SaveAttempt attempt)
    {
        foreach (FileWriting file in attempt.Stale)
        {
            await store.DeleteAsync(file.Name, file.ETag, CancellationToken.None);
        }
    }

    private async Task RemoveWorkingsAsync(SaveAttempt attempt)
    {
        IEnumerable<Guid> attempts = ledger.Current.Broken.Where(broken => broken.Prefix == attempt.Prefix).Select(broken => broken.Attempt).Append(attempt.Id);
        foreach (Guid id in attempts)
        {
            await Workings.RemoveAsync(store, SaveAttempt.StagingOf(id), CancellationToken.None);
            await Workings.RemoveAsync(store, SaveAttempt.WorkingsOf(id), CancellationToken.None);
        }
    }

    private async Task EndAsync(CommitStep end, SaveAttempt attempt)
    {
        DateTimeOffset now = time.GetUtcNow();
        Func<CoordinatorRecord, CoordinatorRecord> change;
        if (end == CommitStep.Resolve)
        {
            Deletion? evicted = await LookAtEvictedAsync(attempt, now);
            change = record => CommitRules.Resolve(record, attempt, evicted, now);
        }
        else if (end == CommitStep.Refuse)
        {
            await AttemptFiles.RemoveOwnAsync(store, attempt, CancellationToken.None);
            string cause = $"An index appeared at '{attempt.Prefix}' while it was being saved, and it is not this save's: another program writes into the "
                + "folder. It was left alone; save under another name.";
            change = record => CommitRules.GiveUp(record, attempt, CheckpointError.Superseded, cause, now, now + options.OrphanDelay);
        }
        else
        {
            string reason = $"Files of '{attempt.Prefix}' were removed or changed by another program while they were being committed. Nothing sweeps this "
                + "prefix; save it again to replace it.";
            change = record => CommitRules.Break(record, attempt, reason, now);
        }

        await ledger.ChangeAsync(record => record.Attempt?.Id == attempt.Id ? change(record) : record);
    }

    private async Task<Deletion?> LookAtEvictedAsync(SaveAttempt attempt, DateTimeOffset now)
    {
        if (RetentionRules.Evicted(ledger.Current, attempt) is not { } evicted)
        {
            return null;
        }

        PrefixFiles found = await PrefixFiles.LookAsync(store, new(evicted), CancellationToken.None);
        return new Deletion(evicted, found.Index, found.Others, now + options.RetentionDelay);
    }
}
