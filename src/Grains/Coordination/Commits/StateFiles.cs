using System.Collections.Immutable;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Retention;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>Carries out what an attempt does to state files.</summary>
internal sealed class StateFiles(IBlobStore store, RecordLedger ledger)
{
    /// <summary>How often a write is tried whose condition fails: each failure means that somebody else writes there.</summary>
    public const int TriesMax = 8;

    /// <summary>Looks at the state files that the attempt will change, and puts down beside them what they shall say.</summary>
    public async Task<ImmutableArray<AttemptState>> PrepareAsync(CoordinatorRecord record, SaveAttempt attempt, CancellationToken cancellationToken)
    {
        ImmutableArray<AttemptState>.Builder states = ImmutableArray.CreateBuilder<AttemptState>();
        string? own = attempt.Saver is { } saver ? attempt.Checkpoint.Folder + saver.StateFile : null;
        foreach (string name in StateFileRules.Candidates(record, attempt))
        {
            BlobContent? standing = await store.TryReadAsync(name, CheckpointState.LengthBytesMax, cancellationToken);
            bool isNamed = standing is not null && Names(standing, name, attempt);
            if (name == own || isNamed)
            {
                ReadOnlyMemory<byte> bytes = name == own ? RetentionRules.StateAfter(record, attempt, attempt.Saver!).ToUtf8() : standing!.Bytes;
                BlobETag working = await Workings.PutAsync(store, attempt.StateWorking(states.Count), bytes, cancellationToken);
                states.Add(new AttemptState(name, standing?.ETag, working));
            }
        }

        return states.ToImmutable();
    }

    /// <summary>Lets no state file name the attempt's prefix: each is pointed to the newest other checkpoint of its list that exists, or removed.</summary>
    public async Task<StepOutcome> PointAwayAsync(SaveAttempt attempt)
    {
        for (int i = 0; i < attempt.States.Length; i++)
        {
            string name = attempt.States[i].Name;
            for (int tries = 1; await LookAsync(name) is { } standing && Names(standing, name, attempt); tries++)
            {
                CheckTries(tries, name);
                if (standing.ETag != attempt.States[i].Expected)
                {
                    // Whose writing is it? A zombie of the same attempt publishes it after the index: then all is done, and nothing may point away from it.
                    if (await AttemptFiles.LookAtIndexAsync(store, attempt) is StepOutcome.IsOurs)
                    {
                        return StepOutcome.IsOurs;
                    }

                    attempt = await ExpectAsync(attempt, i, standing.ETag);
                }

                (bool isDone, BlobETag? now) = await TryPointAwayAsync(standing, name, attempt.Checkpoint);
                attempt = isDone ? await ExpectAsync(attempt, i, now) : attempt;
            }
        }

        return StepOutcome.Done;
    }

    /// <summary>Publishes the state files.</summary>
    public async Task PlaceAsync(SaveAttempt attempt)
    {
        for (int i = 0; i < attempt.States.Length; i++)
        {
            for (int tries = 1; !await TryPlaceAsync(attempt, i); tries++)
            {
                CheckTries(tries, attempt.States[i].Name);
                attempt = await ExpectStandingAsync(attempt, i);
            }
        }
    }

    private ValueTask<BlobContent?> LookAsync(string name) => store.TryReadAsync(name, CheckpointState.LengthBytesMax, CancellationToken.None);

    private async Task<(bool IsDone, BlobETag? Now)> TryPointAwayAsync(BlobContent standing, string name, CheckpointPrefix prefix)
    {
        if (await AwayFromAsync(standing, name, prefix) is { } away)
        {
            BlobETag? written = await store.TryWriteAsync(name, away.ToUtf8(), BlobCondition.IfMatch(standing.ETag), CancellationToken.None);
            return (written is not null, written);
        }

        return (await store.DeleteAsync(name, standing.ETag, CancellationToken.None) != BlobDeletion.Changed, null);
    }

    private async Task<bool> TryPlaceAsync(SaveAttempt attempt, int ordinal)
    {
        AttemptState file = attempt.States[ordinal];
        string working = attempt.StateWorking(ordinal);
        try
        {
            if (await store.TryCopyAsync(working, file.Working, file.Name, BlobCondition.IfStill(file.Expected), CancellationToken.None) is not null)
            {
                return true;
            }

            // Its condition failed: a predecessor, or a response that was lost, may have put it in place.
            BlobContent? standing = await LookAsync(file.Name);
            BlobContent? wanted = await LookAsync(working);
            return wanted is null || (standing is not null && standing.Bytes.Span.SequenceEqual(wanted.Bytes.Span));
        }
        catch (CheckpointException gone) when (gone.Error is CheckpointError.NotFound or CheckpointError.Superseded)
        {
            return true; // What is published from is removed only after it was published: a predecessor died, or a successor went on, behind this step.
        }
    }

    private async Task<SaveAttempt> ExpectStandingAsync(SaveAttempt attempt, int ordinal)
    {
        BlobProperties? standing = await store.TryGetPropertiesAsync(attempt.States[ordinal].Name, CancellationToken.None);
        return await ExpectAsync(attempt, ordinal, standing?.ETag);
    }

    private Task<SaveAttempt> ExpectAsync(SaveAttempt attempt, int ordinal, BlobETag? expected) => ledger.ChangeAttemptAsync(
        attempt.Id, held => held with { States = held.States.SetItem(ordinal, held.States[ordinal] with { Expected = expected }) });

    private async Task<CheckpointState?> AwayFromAsync(BlobContent standing, string name, CheckpointPrefix prefix)
    {
        CheckpointState state = StateFileRules.TryParse(standing.Bytes.Span, name)!;
        string? newest = null;
        HashSet<string> complete = new(StringComparer.Ordinal);
        foreach ((string path, CheckpointPrefix other) in StateFileRules.Others(state, prefix))
        {
            if (await ExistsAsync(other))
            {
                newest ??= path;
                complete.Add(path);
            }
        }

        return newest is null ? null : StateFileRules.PointTo(state, newest, complete);
    }

    private async Task<bool> ExistsAsync(CheckpointPrefix checkpoint)
    {
        try
        {
            return await store.TryGetPropertiesAsync(checkpoint.IndexName, CancellationToken.None) is not null;
        }
        catch (CheckpointException fault) when (fault.Error == CheckpointError.InvalidArgument)
        {
            return false; // A path that leads out of the store, or is no name there.
        }
    }

    private static bool Names(BlobContent standing, string name, SaveAttempt attempt) =>
        StateFileRules.TryParse(standing.Bytes.Span, name) is { } state && StateFileRules.Names(state, attempt.Checkpoint);

    private static void CheckTries(int tries, string name)
    {
        if (tries >= TriesMax)
        {
            throw new CheckpointException(CheckpointError.TryAgain, $"'{name}' was changed by somebody else {TriesMax} times while it was to be written.");
        }
    }
}
