using System.Security.Cryptography;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Sidecars;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Retention;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>Carries out saves, recovery and deletions on the store, in the order of docs/protocol.md, remembering in the record before it acts. Every member
/// may be repeated after a fault.</summary>
/// <remarks>
/// One at a time: callers do not overlap calls. The calls of one save are <see cref="BeginAsync"/>, then <see cref="CommitAsync"/> or
/// <see cref="AbortAsync"/>: the latter too when a silo could not write a data file on its condition. A fresh coordinator raises the epoch
/// (<see cref="CoordinatorRecord.Enter"/>), then calls <see cref="RecoverAsync"/>.
/// </remarks>
internal sealed class CommitDriver(IBlobStore store, RecordLedger ledger, TimeProvider time, CommitOptions options)
{
    /// <summary>The longest index that is read to see whose checkpoint it is.</summary>
    private const int IndexLengthBytesMax = 256 << 20;

    private readonly FolderClaims _claims = new(store);
    private readonly CommitRun _run = new(store, ledger, time, options);
    private readonly CommitPreparation _preparation = new(store, ledger, time);
    private readonly DeletionRun _deletions = new(store, ledger, time);
    private CheckpointPins? _pins;

    /// <summary>The model's pins: the one thing here that may be called beside a save or a sweep.</summary>
    public CheckpointPins Pins => _pins ??= new CheckpointPins(store, ledger, _deletions);

    /// <summary>Resolves what the record still holds, claims the folder, looks at the prefix, and records the attempt. Then silos write
    /// <see cref="SaveAttempt.DataFiles"/>: each at its
    /// <see cref="AttemptFile.Target"/>, on the condition that it still is <see cref="AttemptFile.TargetExpected"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: a numbered checkpoint exists (say <c>overwrite</c>), or another
    /// model has the folder.
    /// <see cref="CheckpointError.InvalidArgument"/>: the prefix is no name for a checkpoint.</exception>
    public async Task<SaveAttempt> BeginAsync(SaveIntent intent, CancellationToken cancellationToken)
    {
        CheckpointNameRules.Check(intent);
        await SettleAsync(cancellationToken);
        await ClaimAsync(intent.Prefix.Folder, cancellationToken);
        await _deletions.CarryOutAtAsync(intent.Prefix, cancellationToken);
        await _deletions.MakeRoomAsync(cancellationToken);

        PrefixFiles found = await PrefixFiles.LookAsync(store, intent.Prefix, cancellationToken);
        bool isInTheWay = found.Index is not null && intent.IsNumbered && !intent.Options.Overwrite;
        SaveStamp? stamp = isInTheWay ? await ReadStampAsync(intent.Prefix, cancellationToken) : null;
        CoordinatorRecord record = await ledger.ChangeAsync(held => CommitRules.Begin(held, intent, found, stamp, time.GetUtcNow()), cancellationToken);
        return record.Attempt!;
    }

    /// <summary>Looks, without a change, whether <see cref="BeginAsync"/> would refuse, as things stand: so that nothing is frozen in vain. It may run beside
    /// the calls of another save.</summary>
    /// <exception cref="CheckpointException">As <see cref="BeginAsync"/>, which looks again.</exception>
    public async Task LookAsync(SaveIntent intent, CancellationToken cancellationToken)
    {
        CheckpointNameRules.Check(intent);
        FolderClaims.Refuse(intent.Prefix.Folder, ledger.Current.Model, await _claims.OwnerAsync(intent.Prefix.Folder, cancellationToken));
        CoordinatorRecord record = ledger.Current;
        bool isAboutToChange = record.Attempt?.Prefix == intent.Prefix.Value || record.Deletions.Any(deletion => deletion.Prefix == intent.Prefix.Value);
        if (isAboutToChange)
        {
            return;
        }

        PrefixFiles found = await PrefixFiles.LookAsync(store, intent.Prefix, cancellationToken);
        bool isInTheWay = found.Index is not null && intent.IsNumbered && !intent.Options.Overwrite;
        SaveStamp? stamp = isInTheWay ? await ReadStampAsync(intent.Prefix, cancellationToken) : null;

        // The deletions that wait are carried out first when there are too many.
        CommitRules.Begin(ledger.Current with { Attempt = null, Deletions = [] }, intent, found, stamp, time.GetUtcNow());
    }

    /// <summary>Publishes the checkpoint. When it returns, it is committed, and its request's outcome recorded.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Undecided"/>: it may be, or will be, committed, but a fault of the store stands in the
    /// way: call <see cref="RecoverAsync"/> until it returns,
    /// and look at the request's outcome. Anything else: it is not committed; call <see cref="AbortAsync"/>, which does nothing when the attempt is already
    /// resolved. <see cref="CheckpointError.Superseded"/>: somebody
    /// else's index is there, a file was changed under the commit, or (<see cref="RecordLedger.IsSuperseded"/>) another coordinator took over.</exception>
    public async Task CommitAsync(Guid attempt, SaveContent content, CancellationToken cancellationToken)
    {
        SaveAttempt ready = await _preparation.PrepareAsync(attempt, content, cancellationToken);
        try
        {
            await _run.FinishAsync(await _preparation.DecideAsync(ready));
            await _deletions.CarryOutDueAsync(CancellationToken.None);
        }
        catch (CheckpointException fault) when (fault.Error != CheckpointError.Superseded && ledger.Current.FindOutcome(ready.Request) is null)
        {
            string message = $"The save of '{ready.Prefix}' is being committed and not yet through: {fault.Message}";
            throw new CheckpointException(CheckpointError.Undecided, message, fault);
        }
        catch (CheckpointException fault) when (fault.Error != CheckpointError.Superseded)
        {
            // Resolved; only what retention deletes has to wait. Its entry is in the record, and every later save and sweep tries again.
        }

        if (ledger.Current.FindOutcome(ready.Request) is { Error: { } error } refused)
        {
            throw new CheckpointException(error, refused.Message ?? $"The save of '{ready.Prefix}' failed.");
        }
    }

    /// <summary>Gives up an attempt that is being written: removes what it wrote, and records why it failed. Nothing happens if the attempt is already
    /// resolved.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Undecided"/>: it is past the point where it may be given up.</exception>
    public async Task AbortAsync(Guid attempt, CheckpointError error, string cause, CancellationToken cancellationToken)
    {
        CoordinatorRecord record = await ledger.RefreshAsync(cancellationToken);
        if (record.Attempt is not { } held || held.Id != attempt)
        {
            return;
        }

        if (held.Phase != AttemptPhase.Writing)
        {
            throw new CheckpointException(CheckpointError.Undecided, $"The save of '{held.Prefix}' is being committed and cannot be given up: {cause}");
        }

        await AttemptFiles.RemoveOwnAsync(store, held, cancellationToken);
        DateTimeOffset now = time.GetUtcNow();
        await ledger.ChangeAsync(
            current => current.Attempt?.Id == attempt ? CommitRules.GiveUp(current, held, error, cause, now, now + options.OrphanDelay) : current,
            cancellationToken);
    }

    /// <summary>Finishes or aborts the attempt that the record holds, carries out the deletions that are due, and of a tombstone all
    /// deletions, then releases its folders.</summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        await SettleAsync(cancellationToken);
        if (ledger.Current.IsDeleted)
        {
            await LetGoAsync(cancellationToken);
        }
        else
        {
            await _deletions.CarryOutDueAsync(cancellationToken);
        }
    }

    /// <summary>Deletes the model: its tombstone is written, what waits for deletion goes, its folders are released. Its checkpoints stay.</summary>
    public async Task DeleteModelAsync(CancellationToken cancellationToken)
    {
        await SettleAsync(cancellationToken);
        await ledger.ChangeAsync(record => record.IsDeleted ? record : record.Delete(), cancellationToken);
        await LetGoAsync(cancellationToken);
    }

    /// <summary>Carries out the deletions that are due.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        await ledger.RefreshAsync(cancellationToken);
        await _deletions.CarryOutDueAsync(cancellationToken);
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        CoordinatorRecord record = await ledger.RefreshAsync(cancellationToken);
        if (record.Attempt is not { } attempt)
        {
            return;
        }

        if (attempt.Phase == AttemptPhase.Writing)
        {
            string cause = $"The coordinator ended while '{attempt.Prefix}' was being written; save again.";
            await AbortAsync(attempt.Id, CheckpointError.Aborted, cause, cancellationToken);
        }
        else
        {
            await _run.FinishAsync(attempt);
        }
    }

    /// <summary>When the checkpoint was cut; null when it is not one of this model, or its sidecar is not of this index (another program has overwritten
    /// it).</summary>
    private async Task<SaveStamp?> ReadStampAsync(CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        try
        {
            BlobContent? bytes = await store.TryReadAsync(prefix.SidecarName, Sidecar.LengthBytesMax, cancellationToken);
            BlobContent? index = await store.TryReadAsync(prefix.IndexName, IndexLengthBytesMax, cancellationToken);
            Sidecar? sidecar = bytes is null || index is null ? null : Sidecar.Parse(bytes.Bytes.Span, prefix.SidecarName);
            return sidecar is not null && sidecar.Model == ledger.Current.Model
                && sidecar.IndexSha256.Equals(Convert.ToHexString(SHA256.HashData(index!.Bytes.Span)), StringComparison.OrdinalIgnoreCase)
                    ? new SaveStamp(sidecar.Generation, sidecar.Epoch, sidecar.Cut)
                    : null;
        }
        catch (CheckpointException fault) when (fault.Error is CheckpointError.Corrupt or CheckpointError.Unsupported or CheckpointError.LimitExceeded)
        {
            return null; // Not one of ours, or of no use: then the checkpoint is not taken for abandoned.
        }
    }

    private async Task ClaimAsync(string folder, CancellationToken cancellationToken)
    {
        string model = ledger.Current.Model;
        FolderClaims.Refuse(folder, model, await _claims.OwnerAsync(folder, cancellationToken));

        // First in the record, so that whoever deletes the model knows what to release.
        await ledger.ChangeAsync(record => record.Folders.Contains(folder) ? record : record with { Folders = record.Folders.Add(folder) }, cancellationToken);
        try
        {
            await _claims.ClaimAsync(folder, model, cancellationToken);
        }
        catch (CheckpointException taken) when (taken.Error == CheckpointError.AlreadyExists)
        {
            await ledger.ChangeAsync(record => record with { Folders = record.Folders.Remove(folder) }, cancellationToken);
            throw;
        }
    }

    // A folder's next model may save under the names that wait for deletion here: nothing waits once the claim is released.
    private async Task LetGoAsync(CancellationToken cancellationToken)
    {
        await _deletions.CarryOutAllAsync(cancellationToken);
        foreach (string folder in ledger.Current.Folders)
        {
            await _claims.ReleaseAsync(folder, ledger.Current.Model, cancellationToken);
        }

        await ledger.ChangeAsync(record => record.Folders.IsEmpty ? record : record with { Folders = [] }, cancellationToken);
    }
}
