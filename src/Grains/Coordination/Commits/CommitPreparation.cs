using System.Collections.Immutable;
using System.Security.Cryptography;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>Brings an attempt whose data files are written to the point where the record may say that it will be.</summary>
internal sealed class CommitPreparation(IBlobStore store, RecordLedger ledger, TimeProvider time)
{
    private readonly StateFiles _states = new(store, ledger);

    /// <summary>Writes everything of the attempt but its data files, and returns the attempt as it will be decided. Nothing of it is visible.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Aborted"/> or <see cref="CheckpointError.Superseded"/>: somebody else wrote
    /// there.</exception>
    public async Task<SaveAttempt> PrepareAsync(Guid id, SaveContent content, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        SaveAttempt attempt = await ChangeWritingAsync(id, held => held with { Files = WithDataFiles(held, content.DataFiles) }, cancellationToken);
        BlobETag index = await Workings.PutAsync(store, attempt.IndexWorking, content.Index, cancellationToken);
        await Workings.RequireKeptAsync(store, attempt.IndexWorking, index, content.Index, cancellationToken);
        for (int i = 0; i < attempt.Files.Length; i++)
        {
            if (attempt.Files[i].Kind != AttemptFileKind.Data)
            {
                ReadOnlyMemory<byte> bytes = attempt.Files[i].Kind == AttemptFileKind.Meta ? Meta(attempt, content) : content.Sidecar;
                attempt = await WriteAsync(attempt, i, bytes, cancellationToken);
                await Workings.RequireKeptAsync(store, attempt.Files[i].Target, attempt.Files[i].Written!.Value, bytes, cancellationToken);
            }
        }

        string sha256 = Convert.ToHexStringLower(SHA256.HashData(content.Index.Span));
        attempt = attempt with { SavedAt = now, Index = attempt.Index with { Sha256 = sha256, LengthBytes = content.Index.Length, Working = index } };
        attempt = attempt with { States = await _states.PrepareAsync(ledger.Current, attempt, cancellationToken) };
        await CheckReadyAsync(attempt, cancellationToken);
        return attempt with { Phase = attempt.Kind == AttemptKind.Plain ? AttemptPhase.Committing : AttemptPhase.Replacing };
    }

    /// <summary>The decision: once it is in the record, the checkpoint will be.</summary>
    public Task<SaveAttempt> DecideAsync(SaveAttempt ready) => ChangeWritingAsync(ready.Id, _ => ready, CancellationToken.None);

    private async Task<SaveAttempt> WriteAsync(SaveAttempt attempt, int ordinal, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (int tries = 1; ; tries++)
        {
            AttemptFile file = attempt.Files[ordinal];
            BlobETag? written = await store.TryWriteAsync(file.Target, bytes, BlobCondition.IfStill(file.TargetExpected), cancellationToken);
            if (written is not null)
            {
                return attempt with { Files = attempt.Files.SetItem(ordinal, file with { Written = written, LengthBytes = bytes.Length }) };
            }

            if (tries >= StateFiles.TriesMax)
            {
                string cause = $"'{file.Target}' was changed by somebody else {tries} times while it was to be written.";
                throw new CheckpointException(CheckpointError.Aborted, cause);
            }

            SaveAttempt looked = await LookAgainAsync(attempt.Id, file.Target, cancellationToken);
            attempt = attempt with { Files = attempt.Files.SetItem(ordinal, looked.Files[ordinal]) };
        }
    }

    // First in the record, so that a coordinator that was superseded finds no new condition.
    private async Task<SaveAttempt> LookAgainAsync(Guid attempt, string target, CancellationToken cancellationToken)
    {
        BlobProperties? standing = await store.TryGetPropertiesAsync(target, cancellationToken);
        return await ChangeWritingAsync(
            attempt,
            held => held with { Files = [.. held.Files.Select(file => file.Target == target ? file with { TargetExpected = standing?.ETag } : file)] },
            cancellationToken);
    }

    private async Task CheckReadyAsync(SaveAttempt attempt, CancellationToken cancellationToken)
    {
        if (!await AttemptFiles.AreWholeAsync(store, attempt, cancellationToken))
        {
            string cause = $"A file of '{attempt.Prefix}' was removed or changed by somebody else before it was committed.";
            throw new CheckpointException(CheckpointError.Aborted, cause);
        }

        BlobProperties? index = await store.TryGetPropertiesAsync(attempt.Checkpoint.IndexName, cancellationToken);
        if (index?.ETag != attempt.Index.Expected)
        {
            throw new CheckpointException(
                CheckpointError.Superseded,
                $"The index of '{attempt.Prefix}' was written or removed by another program during this save. It was left alone; save under another name.");
        }
    }

    private static ImmutableArray<AttemptFile> WithDataFiles(SaveAttempt attempt, ImmutableArray<WrittenFile> written)
    {
        int count = attempt.DataFiles.Count();
        if (written.Length != count)
        {
            throw new ArgumentException($"The attempt has {count} data files, {written.Length} were written.");
        }

        return [.. attempt.Files.Select((file, i) => i < count ? file with { Written = written[i].ETag, LengthBytes = written[i].LengthBytes } : file)];
    }

    private static ReadOnlyMemory<byte> Meta(SaveAttempt attempt, SaveContent content) =>
        content.Meta ?? throw new ArgumentException($"The save of '{attempt.Prefix}' wants a .meta, and none was given.");

    private Task<SaveAttempt> ChangeWritingAsync(Guid attempt, Func<SaveAttempt, SaveAttempt> change, CancellationToken cancellationToken) =>
        ledger.ChangeAttemptAsync(
        attempt,
        held => held.Phase == AttemptPhase.Writing
            ? change(held)
            : throw new CheckpointException(CheckpointError.Superseded, $"The save of '{held.Prefix}' is being committed already."),
        cancellationToken);
}
