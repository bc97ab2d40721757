using System.Collections.Immutable;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Retention;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>The rules by which an attempt begins, goes on and ends. Pure: no clock, no store, no Orleans.</summary>
internal static class CommitRules
{
    /// <summary>How many broken prefixes are remembered; they need somebody else's hand in the folder, so more than a few are a sign of worse.</summary>
    public const int BrokenMax = 100;

    /// <summary>How many deletions may wait when a save begins. They only grow so many while the store refuses to delete.</summary>
    public const int DeletionsMax = 1000;

    /// <summary>The record with the attempt of <paramref name="intent"/> in it, in the light of what stands at the prefix.</summary>
    /// <param name="record">The record; it holds no attempt.</param>
    /// <param name="intent">What is wanted.</param>
    /// <param name="found">What stands at the prefix.</param>
    /// <param name="foundStamp">When the checkpoint that stands there was cut, if it is one of this model; else null.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: a checkpoint is there that the request does not want to
    /// replace, or may not: it is the base, or pinned. <see cref="CheckpointError.LimitExceeded"/>: the record has no room for it.
    /// <see cref="CheckpointError.Aborted"/>: the model is in another generation than the one that was cut.</exception>
    public static CoordinatorRecord Begin(CoordinatorRecord record, SaveIntent intent, PrefixFiles found, SaveStamp? foundStamp, DateTimeOffset now)
    {
        RequireItsGeneration(record, intent);
        AttemptKind kind = Decide(record, intent, found, foundStamp);
        if (found.Index is not null)
        {
            PinRules.RequireUnpinned(record, intent.Prefix.Value);
        }

        RequireBaseStays(record, intent, found);
        RequireFewDeletions(record);
        CheckpointPrefix prefix = intent.Prefix;
        CheckpointPrefix target = kind == AttemptKind.Replace ? new(SaveAttempt.StagingOf(intent.Attempt) + prefix.FileName) : prefix;

        AttemptFile File(AttemptFileKind fileKind, Func<CheckpointPrefix, string> name)
        {
            BlobETag? expected = found.Find(name(prefix));
            return new AttemptFile(fileKind, name(prefix), name(target), expected, kind == AttemptKind.Plain ? expected : null, null, 0);
        }

        ImmutableArray<AttemptFile> files =
        [
            .. Enumerable.Range(0, intent.DataFileCount).Select(shard => File(AttemptFileKind.Data, at => at.DataName(shard, intent.DataFileCount))),
            .. intent.Options.WriteMeta ? [File(AttemptFileKind.Meta, at => at.MetaName)] : Array.Empty<AttemptFile>(),
            File(AttemptFileKind.Sidecar, at => at.SidecarName),
        ];
        HashSet<string> names = [.. files.Select(file => file.Name)];
        var attempt = new SaveAttempt(
            intent.Attempt,
            intent.Request,
            prefix.Value,
            kind,
            AttemptPhase.Writing,
            intent.Stamp,
            intent.IsWhole,
            intent.Tensors,
            now,
            files,
            new AttemptIndex(found.Index, null, 0, null),
            [.. found.Others.Where(file => !names.Contains(file.Name))],
            [],
            intent.Options.WriteState ? new AttemptSaver(intent.Options.StateFileName, intent.Options.MaxToKeep, intent.Options.KeepEveryHours) : null,
            null);
        return RecordRoom.RequireRoom(record with { Attempt = attempt });
    }

    /// <summary>The step after <paramref name="step"/>. The first is <see cref="CommitStep.LookAtIndex"/>, always: whoever goes on begins there.</summary>
    public static CommitStep Next(AttemptKind kind, CommitStep step, StepOutcome outcome)
    {
        bool replaces = kind == AttemptKind.Replace;
        return (step, outcome) switch
        {
            (_, StepOutcome.IsOurs) => CommitStep.PlaceStates,
            (_, StepOutcome.IsForeign) => replaces ? CommitStep.Break : CommitStep.Refuse,
            (_, StepOutcome.IsChanged) => CommitStep.Break,
            (CommitStep.LookAtIndex, _) => CommitStep.VerifyFiles,
            (CommitStep.VerifyFiles, _) => replaces ? CommitStep.PointAway : CommitStep.PlaceIndex,
            (CommitStep.PointAway, _) => CommitStep.RemoveOldIndex,
            (CommitStep.RemoveOldIndex, _) => CommitStep.PlaceFiles,
            (CommitStep.PlaceFiles, _) => CommitStep.PlaceIndex,
            (CommitStep.PlaceIndex, _) => CommitStep.PlaceStates,
            (CommitStep.PlaceStates, _) => CommitStep.RemoveStale,
            (CommitStep.RemoveStale, _) => CommitStep.RemoveWorkings,
            (CommitStep.RemoveWorkings, _) => CommitStep.Resolve,
            _ => throw new InvalidOperationException($"{step} ends an attempt; nothing comes after it."),
        };
    }

    /// <summary>The record of a committed attempt, in one write: the request has succeeded, the base is the checkpoint, the saver keeps it, and what the saver
    /// evicts is to be deleted.</summary>
    /// <param name="record">The record with the attempt.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="evicted">What <see cref="RetentionRules.Evicted"/> named, as it was looked at, or null.</param>
    /// <param name="now">The time.</param>
    public static CoordinatorRecord Resolve(CoordinatorRecord record, SaveAttempt attempt, Deletion? evicted, DateTimeOffset now)
    {
        // What was looked at for deletion may have become protected meanwhile: then it stays.
        Deletion? deletion = evicted is not null && RetentionRules.Evicted(record, attempt) == evicted.Prefix ? evicted : null;
        CoordinatorRecord kept = RetentionRules.Remember(record, attempt, deletion?.Prefix);
        ImmutableArray<AbandonedStep> tears = TearRules.Before(record.Tears, attempt.Stamp);
        var step = new RestorePlanStep(attempt.Prefix, attempt.Index.Sha256!, attempt.Tensors, attempt.Stamp, tears);
        CoordinatorRecord closed = Close(kept, attempt, null, null, now) with
        {
            Broken = record.Broken.RemoveAll(broken => broken.Prefix == attempt.Prefix),
            Deletions = deletion is null ? record.Deletions : record.Deletions.Add(deletion),
        };
        return attempt.IsWhole ? closed.WithBase(new RestorePlan(step, [])) with { Held = null } : closed;
    }

    /// <summary>The record of an attempt that was given up or refused.</summary>
    /// <param name="record">The record with the attempt.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="error">Why.</param>
    /// <param name="cause">Why, for people.</param>
    /// <param name="now">The time.</param>
    /// <param name="sweepAt">When its names are looked at once more for what was written late.</param>
    public static CoordinatorRecord GiveUp(
        CoordinatorRecord record, SaveAttempt attempt, CheckpointError error, string cause, DateTimeOffset now, DateTimeOffset sweepAt)
    {
        IEnumerable<string> names = attempt.Files.Select(file => file.Target)
            .Append(attempt.IndexWorking)
            .Concat(Enumerable.Range(0, attempt.Kind == AttemptKind.Plain ? 1 : StateFileRules.StatesMax).Select(attempt.StateWorking));
        var sweep = new Deletion(attempt.Prefix, null, [.. names.Select(name => new FileWriting(name, null))], sweepAt);
        return Close(record, attempt, error, cause, now) with { Deletions = record.Deletions.Add(sweep) };
    }

    /// <summary>The record of an attempt whose files were changed under its commit. What it was to replace may be gone already, so no saver lists the prefix
    /// any more.</summary>
    public static CoordinatorRecord Break(CoordinatorRecord record, SaveAttempt attempt, string reason, DateTimeOffset now)
    {
        IEnumerable<BrokenPrefix> others = record.Broken.Where(old => old.Prefix != attempt.Prefix).TakeLast(BrokenMax - 1);
        return Close(record, attempt, CheckpointError.Superseded, reason, now) with
        {
            Broken = [.. others, new(attempt.Prefix, attempt.Id, reason)],
            Savers = [.. record.Savers.Select(saver => saver with { Last = saver.Last.RemoveAll(kept => kept.Prefix == attempt.Prefix) })],
        };
    }

    private static CoordinatorRecord Close(CoordinatorRecord record, SaveAttempt attempt, CheckpointError? error, string? cause, DateTimeOffset now) =>
        (record with { Attempt = null }).WithOutcome(
            new RequestOutcome(attempt.Request, RequestKind.Save, attempt.Prefix, attempt.Stamp.Generation, error, cause, now));

    // What was cut belongs to the generation and the coordinator that cut it.
    private static void RequireItsGeneration(CoordinatorRecord record, SaveIntent intent)
    {
        if (intent.Stamp.Generation != record.Generation || intent.Stamp.Epoch != record.Epoch)
        {
            throw new CheckpointException(
                CheckpointError.Aborted,
                $"'{intent.Prefix}' was cut in generation {intent.Stamp.Generation} and epoch {intent.Stamp.Epoch} of model '{record.Model}', which is in "
                    + $"generation {record.Generation} and epoch {record.Epoch} by now; save again.");
        }
    }

    // Replaced by a part of itself, the whole would be gone, and with it what a rollback loads.
    private static void RequireBaseStays(CoordinatorRecord record, SaveIntent intent, PrefixFiles found)
    {
        if (!intent.IsWhole && found.Index is not null && record.Base?.Has(intent.Prefix.Value) == true)
        {
            throw new CheckpointException(
                CheckpointError.AlreadyExists,
                $"Checkpoint '{intent.Prefix}' is what model '{record.Model}' is rolled back to when a silo is lost, so a save of some of its tensors may not "
                    + "replace it: save them under another prefix, or save everything.");
        }
    }

    private static void RequireFewDeletions(CoordinatorRecord record)
    {
        if (record.Deletions.Length >= DeletionsMax)
        {
            throw new CheckpointException(
                CheckpointError.LimitExceeded,
                $"{record.Deletions.Length} deletions of model '{record.Model}' wait in its record, {DeletionsMax} at most while a save begins: see why the "
                    + $"store does not delete, '{record.Deletions[0].Prefix}' first.");
        }
    }

    private static AttemptKind Decide(CoordinatorRecord record, SaveIntent intent, PrefixFiles found, SaveStamp? foundStamp)
    {
        if (found.Index is null)
        {
            return record.Broken.Any(broken => broken.Prefix == intent.Prefix.Value) ? AttemptKind.Replace : AttemptKind.Plain;
        }

        bool isAbandoned = foundStamp is not null && record.IsAbandoned(foundStamp);
        return !intent.IsNumbered || intent.Options.Overwrite || isAbandoned
            ? AttemptKind.Replace
            : throw new CheckpointException(
                CheckpointError.AlreadyExists,
                $"Checkpoint '{intent.Prefix}' exists already. Save under another step, or say overwrite (SaveOptions.Overwrite) to replace it.");
    }
}
