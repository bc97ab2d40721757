namespace Cairn.Simulation.Mutants;

/// <summary>The faults that are planted: at least one for each invariant, and one for each fence, condition and check that stories can tell from its lack.
/// What is held twice (a name is looked at before the cut and once more before it is recorded) has no mutant: either alone holds.</summary>
internal static class Mutants
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Mutant> All { get; } = [.. OfShards(), .. OfSessions(), .. OfCommits(), .. OfRecovery()];

    private static IEnumerable<Mutant> OfShards()
    {
        const string Gate = "Variables/Shards/ShardGate.cs";
        const string Memory = "Variables/Shards/SessionMemory.cs";
        yield return new("a shard takes updates of an older epoch", "R12, I6", Gate, "        RequireEpoch(update.Stamp.Epoch);\n", "");
        yield return new(
            "a shard takes updates of an older generation",
            "R18, I6",
            Gate,
            "RequireService(update.Incarnation, update.Stamp.Generation);",
            "RequireService(update.Incarnation, Generation);");
        yield return new("an operation that arrives twice is applied twice", "R2, I6", Memory, "session.Ordinals.Add(operation.Ordinal);", ";");
        yield return new("a session that was given up is still served", "R4, I6", Memory, "session.IsFenced = true;", "session.IsFenced = false;");
        yield return new("a step that is over is still served", "R2, I6", Memory, "return operation.Step == session.Step\n", "return operation.Step <= session.Step\n");
        yield return new("a step before the cut is served after the seal", "R8, I6", Gate, "if (stamp.Cut < _sealedCut)", "if (stamp.Cut < 0)");
        yield return new(
            "an update before the cut reaches the live version only", "R9, I6", Gate, "stamp.Cut < open ? UpdateReach.Both", "stamp.Cut < open ? UpdateReach.Live");
        yield return new(
            "the first update after the cut does not fork",
            "R8, I6",
            Gate,
            "return stamp.Cut > _endedCut ? UpdateReach.LiveAfterFork : UpdateReach.Live;",
            "return UpdateReach.Live;");
        yield return new("a cut that has ended is forked again", "R8, I7", Gate, "stamp.Cut > _endedCut ?", "stamp.Cut >= _endedCut ?");
        yield return new(
            "the version being cut has the shadow of the live one",
            "R9, I6",
            "Variables/Shards/TensorVersion.cs",
            "(other._value.Fork(), other._shadow?.Fork());",
            "(other._value.Fork(), other._shadow);");
        yield return new("a step before the cut reads what lies after it", "R3, I6", Gate, "return stamp.Cut < _openCut;", "return false;");
        yield return new("a new epoch leaves the old cuts standing", "R12, I7", Gate, "(_sealedCut, _endedCut, _openCut) = (0, 0, null);", ";");
        yield return new(
            "a cut that could not be kept is sealed all the same",
            "R10, I6",
            "Variables/Shards/ShardTensors.cs",
            "if (!ticket.Keep || spoiled is not null)",
            "if (!ticket.Keep)");
        yield return new(
            "a data file is committed without its condition",
            "R14, I4",
            "Variables/Silos/DataFileWriter.cs",
            "BlobCondition.IfStill(ticket.ExpectedETag is { } etag ? new BlobETag(etag) : null);",
            "BlobCondition.None;");
    }

    private static IEnumerable<Mutant> OfSessions()
    {
        const string Ledger = "Coordination/Sessions/SessionLedger.cs";
        const string Desk = "Coordination/Sessions/SessionDesk.cs";
        yield return new(
            "a cut does not wait for the steps before it", "R7, I6", "Coordination/Cuts/StepWait.cs", "(!each.Sessions.OpenBeforeCut.Any() && ", "(");
        yield return new("cuts have no new numbers", "R8, I7", Ledger, "this with { Cut = Cut + 1 };", "this with { Cut = Math.Max(Cut, 1) };");
        yield return new(
            "a step that is begun again gets the newest stamp",
            "R1, I6",
            Ledger,
            "return new BeginStepResult(With(session with { ExpiresAt = now + lease }), open);",
            "return new BeginStepResult(With(session with { OpenStep = open with { Cut = Cut }, ExpiresAt = now + lease }), open with { Cut = Cut });");
        yield return new(
            "no lease and no step runs out",
            "R4, I7",
            Ledger,
            "bool IsOver(SessionEntry session) => session.ExpiresAt <= now || (session.OpenStep is not null && session.StepOpenedAt + stepMax <= now);",
            "bool IsOver(SessionEntry session) => false;");
        yield return new(
            "a checkpoint names steps that ended after its cut",
            "R7, I6",
            "Coordination/Sessions/SessionsBeforeCut.cs",
            "let before = name.Value.Before(ledger.Cut)",
            "let before = name.Value.Newest");
        yield return new("a torn step is let pass", "R4, I6", Desk, "            if (isTorn)\n            {\n                rollBack", "            if (!isTorn && isTorn)\n            {\n                rollBack");
        yield return new(
            "a step is given up without a fence",
            "R4, I6",
            Desk,
            "                map.Shards,\n                map,\n                $\"refuse",
            "                [],\n                map,\n                $\"refuse");
        yield return new(
            "an operation has no deadline", "R11, I7", "Coordination/Operations/Operation.cs", "_end = new CancellationTokenSource(deadline, time);", "_end = new CancellationTokenSource();");
    }

    private static IEnumerable<Mutant> OfCommits()
    {
        const string Rules = "Coordination/Commits/CommitRules.cs";
        const string Run = "Coordination/Commits/CommitRun.cs";
        const string Deletions = "Coordination/Retention/DeletionRun.cs";
        yield return new("the index is published whatever stands there", "R15, I4", Run, "BlobCondition.IfAbsent, CancellationToken.None);", "BlobCondition.None, CancellationToken.None);");
        yield return new(
            "the state file is written before the index",
            "R15, I1",
            Rules,
            "replaces ? CommitStep.PointAway : CommitStep.PlaceIndex",
            "replaces ? CommitStep.PointAway : CommitStep.PlaceStates");
        yield return new(
            "a checkpoint is replaced while the state file names it", "R16, I1", Rules, "replaces ? CommitStep.PointAway :", "replaces ? CommitStep.RemoveOldIndex :");
        yield return new("what was published from stays", "R15, I5", Rules, "(CommitStep.RemoveStale, _) => CommitStep.RemoveWorkings", "(CommitStep.RemoveStale, _) => CommitStep.Resolve");
        yield return new("a file that is gone counts as there", "R15, I1", "Coordination/Commits/AttemptFiles.cs", "                return false;\n            }\n        }\n\n        return true;", "                return true;\n            }\n        }\n\n        return true;");
        yield return new("the record is written without a condition", "R14, I3", "Coordination/Records/RecordStore.cs", "BlobCondition.IfStill(expected)", "BlobCondition.None");
        yield return new(
            "a lost compare-and-swap goes unnoticed",
            "R12, I3",
            "Coordination/Records/RecordGrainStorage.cs",
            "etag?.Value ?? throw Lost(grainId, grainState);",
            "etag?.Value ?? grainState.ETag;");
        yield return new("the base stays what it was before the commit", "R17, I2", Rules, "return attempt.IsWhole ? closed.WithBase", "return !attempt.IsWhole ? closed.WithBase");
        yield return new(
            "an evicted checkpoint loses its data before its index",
            "R22, I4",
            Deletions,
            "        BlobDeletion outcome = await store.DeleteAsync(new CheckpointPrefix(entry.Prefix).IndexName, index, cancellationToken);",
            "        await DeleteAsync(entry.Files, cancellationToken);\n        BlobDeletion outcome = await store.DeleteAsync(new CheckpointPrefix(entry.Prefix).IndexName, index, cancellationToken);");
        yield return new(
            "what an aborted save left is forgotten",
            "R22, I5",
            "Coordination/Commits/CommitDriver.cs",
            "        await AttemptFiles.RemoveOwnAsync(store, held, cancellationToken);\n",
            "");
        yield return new("nobody sweeps", "R22, I5", Deletions, "isDue ? SweepAsync(entry, cancellationToken) : Task.CompletedTask", "isDue ? Task.CompletedTask : Task.CompletedTask");
        yield return new(
            "retention keeps one too few", "R22, I4", "Coordination/Retention/RetentionRules.cs", "SaverRetention.Resume(saver.MaxToKeep,", "SaverRetention.Resume(Math.Max(1, saver.MaxToKeep - 1),");
    }

    private static IEnumerable<Mutant> OfRecovery()
    {
        const string Record = "Coordination/Records/CoordinatorRecord.cs";
        const string Recovery = "Coordination/Recovery/ModelRecovery.cs";
        yield return new("a fresh coordinator does not raise the epoch", "R12, I3", Record, "Epoch = Epoch + 1", "Epoch = Math.Max(Epoch, 1)");
        yield return new("a second cluster takes the model", "R24, I3", Record, "if (!isOurs && !takeOver)", "if (!isOurs && takeOver)");
        yield return new("a deleted model forgets its generation", "R23, I3", Record, "            Generation = Generation,\n            Epoch = Epoch,\n            IsDeleted", "            Epoch = Epoch,\n            IsDeleted");
        yield return new(
            "a rollback keeps the generation",
            "R18, I6",
            Record,
            "            Generation = Generation + 1,\n            Lineage = Bounded(plan",
            "            Generation = Generation,\n            Lineage = Bounded(plan");
        yield return new("a fresh coordinator forgets the save that was committing", "R15, I5", "Coordination/Commits/CommitDriver.cs", "            await _run.FinishAsync(attempt);\n        }\n    }", "            await ledger.ChangeAsync(held => held with { Attempt = null }, cancellationToken);\n        }\n    }");
        yield return new(
            "a lost shard goes unnoticed",
            "R20, I7",
            "Coordination/Recovery/LossCheck.cs",
            "    public bool IsLost(ShardReport report) =>\n        !report",
            "    public bool IsLost(ShardReport report) =>\n        report.Shard.Index < 0 && !report.IsAdmitted;\n\n    public bool IsLostUnseen(ShardReport report) =>\n        !report");
        yield return new("a shard that was emptied and never loaded counts as whole", "R18, I7", "Coordination/Recovery/LossCheck.cs", "&& IsEmptied(report)", "&& report.Shard.Index < 0");
        yield return new("a rollback loads nothing", "R17, I7", Recovery, "                await LoadBaseAsync(record.Base);\n", "");
        yield return new(
            "steps that were open under the old coordinator count as ended",
            "R13, I6",
            "Coordination/Sessions/SessionLedger.cs",
            ": With(entry with { Ended = ended, OpenStep = new StepStamp(Generation, Epoch, 0, newestStep) });",
            ": With(entry with { Ended = EndedStep.Begin(incarnation, newestStep), OpenStep = null });");
    }
}
