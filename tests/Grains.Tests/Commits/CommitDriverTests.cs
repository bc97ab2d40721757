using System.Text;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Records;
using Cairn.Storage.Memory;
using Cairn.Testing.Faults;

namespace Cairn.Grains.Tests.Commits;

/// <summary>What a save does with what it finds.</summary>
public sealed class CommitDriverTests
{
    private readonly MemoryBlobStore _store = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Begin_AtANumberedCheckpoint_IsRefused_WithTheWordOverwrite_AndChangesNothing()
    {
        Coordinator coordinator = await StartAsync();
        await coordinator.SaveAsync(new Save("m/c-1", "one"));

        CheckpointException refused = await RefusedAsync(coordinator.SaveAsync(new Save("m/c-1", "two")));

        Assert.Equal(CheckpointError.AlreadyExists, refused.Error);
        Assert.Contains("overwrite", refused.Message, StringComparison.Ordinal);
        Assert.Null(coordinator.Ledger.Current.Attempt);
        Assert.Equal("one", await ReadAsync("m/c-1"));
    }

    [Fact]
    public async Task Begin_AtAnUnnumberedCheckpointOfAnotherProgram_ReplacesIt()
    {
        await PutAsync("m/c.index", "foreign");
        await PutAsync("m/c.data-00000-of-00007", "foreign");

        await (await StartAsync()).SaveAsync(new Save("m/c", "ours", IsNumbered: false));

        Assert.Equal("ours", await ReadAsync("m/c"));
        Assert.Null(await _store.TryGetPropertiesAsync("m/c.data-00000-of-00007", default));
    }

    [Fact]
    public async Task Begin_AtACheckpointOfAnAbandonedLineage_ReplacesItUnasked()
    {
        Coordinator coordinator = await StartAsync();
        await coordinator.SaveAsync(new Save("m/c-2", "two"));
        await GoBackBeforeAsync(coordinator);

        await coordinator.SaveAsync(new Save("m/c-2", "again"));

        Assert.Equal("again", await ReadAsync("m/c-2"));
    }

    [Fact]
    public async Task Begin_WhereAnotherProgramHasOverwrittenACheckpointOfAnAbandonedLineage_IsRefused()
    {
        Coordinator coordinator = await StartAsync();
        await coordinator.SaveAsync(new Save("m/c-2", "two"));
        await GoBackBeforeAsync(coordinator);
        await PutAsync("m/c-2.index", "foreign");

        Assert.Equal(CheckpointError.AlreadyExists, (await RefusedAsync(coordinator.SaveAsync(new Save("m/c-2", "again")))).Error);
    }

    [Fact]
    public async Task Begin_InAFolderOfAnotherModel_IsRefused_UntilThatModelIsDeleted()
    {
        Coordinator other = await Coordinator.StartAsync(_store, _time, model: "other");
        await other.SaveAsync(new Save("m/c-1", "other's"));
        Coordinator coordinator = await StartAsync();

        CheckpointException refused = await RefusedAsync(coordinator.SaveAsync(new Save("m/c-2", "ours")));
        await other.Driver.DeleteModelAsync(default);
        await coordinator.SaveAsync(new Save("m/c-2", "ours"));

        Assert.Equal(CheckpointError.AlreadyExists, refused.Error);
        Assert.Contains("'other'", refused.Message, StringComparison.Ordinal);
        Assert.True(other.Ledger.Current.IsDeleted);
        Assert.Empty(other.Ledger.Current.Folders);
        Assert.NotNull(await _store.TryGetPropertiesAsync("m/c-1.index", default));
    }

    [Fact]
    public async Task Delete_InterruptedAnywhere_IsFinishedByTheSuccessor()
    {
        for (int n = 1; ; n++)
        {
            string model = $"model-{n}";
            Coordinator coordinator = await Coordinator.StartAsync(_store, _time, model: model);
            await coordinator.SaveAsync(new Save($"{model}/c-1", "one"));
            var dying = new FaultInjectingBlobStore(_store, n, FaultMode.DieAfter);
            try
            {
                await (await Coordinator.StartAsync(dying, _time, model: model)).Driver.DeleteModelAsync(default);
                break;
            }
            catch (StoreDiedException)
            {
                Coordinator successor = await Coordinator.StartAsync(_store, _time, model: model);
                bool isClaimed = await new FolderClaims(_store).OwnerAsync($"{model}/", default) is not null;
                bool isDeleted = successor.Ledger.Current.IsDeleted;
                Assert.True(isClaimed != isDeleted, $"death after {n}: deleted is {isDeleted}, and the folder is claimed: {isClaimed}");
            }
        }
    }

    [Fact]
    public async Task Commit_WhenAForeignIndexAppearsDuringTheSave_IsRefused_AndLeavesItAlone()
    {
        Coordinator coordinator = await StartAsync();
        var save = new Save("m/c-1", "ours");
        SaveAttempt attempt = await coordinator.Driver.BeginAsync(save.ToIntent(coordinator.Ledger.Current), default);
        SaveContent content = await WriteDataAsync(attempt, save);
        await PutAsync("m/c-1.index", "foreign");

        CheckpointException refused = await RefusedAsync(coordinator.Driver.CommitAsync(attempt.Id, content, default));
        await coordinator.Driver.AbortAsync(attempt.Id, refused.Error, refused.Message, default);

        Assert.Equal(CheckpointError.Superseded, refused.Error);
        Assert.Equal("foreign", await TextAsync("m/c-1.index"));
        Assert.Null(await _store.TryGetPropertiesAsync(attempt.Files[0].Name, default));
        Assert.Equal(CheckpointError.Superseded, coordinator.Ledger.Current.FindOutcome(save.Request)!.Error);
    }

    [Fact]
    public async Task Recover_WhenAForeignIndexAppearedAfterTheDecision_LeavesItAlone_AndTheSaveHasFailed()
    {
        (Save save, SaveAttempt attempt) = await DieCommittingAsync("m/c-1", isNumbered: true);
        await PutAsync("m/c-1.index", "foreign");

        Coordinator successor = await StartAsync();

        Assert.Equal(CheckpointError.Superseded, successor.Ledger.Current.FindOutcome(save.Request)!.Error);
        Assert.Equal("foreign", await TextAsync("m/c-1.index"));
        Assert.Null(await _store.TryGetPropertiesAsync(attempt.Files[0].Name, default));
        Assert.Empty(successor.Ledger.Current.Broken);
        await successor.SaveAsync(new Save("m/c-2", "two"));
    }

    [Fact]
    public async Task Recover_WhenADataFileWasTakenAwayAfterTheDecision_CallsThePrefixBroken_AndOnlyAReplaceWritesThere()
    {
        (Save save, SaveAttempt attempt) = await DieCommittingAsync("m/c-1", isNumbered: true);
        await _store.DeleteAsync(attempt.Files[0].Name, null, default);

        Coordinator successor = await StartAsync();
        _time.Advance(TimeSpan.FromDays(1));
        await successor.Driver.SweepAsync(default);

        Assert.Equal("m/c-1", Assert.Single(successor.Ledger.Current.Broken).Prefix);
        Assert.Equal(CheckpointError.Superseded, successor.Ledger.Current.FindOutcome(save.Request)!.Error);
        Assert.NotNull(await _store.TryGetPropertiesAsync(attempt.Files[1].Name, default));
        Assert.Null(await ReadAsync("m/c-1"));

        var again = new Save("m/c-1", "again");
        SaveAttempt replacing = await successor.Driver.BeginAsync(again.ToIntent(successor.Ledger.Current), default);
        Assert.Equal(AttemptKind.Replace, replacing.Kind);
        await successor.Driver.AbortAsync(replacing.Id, CheckpointError.Aborted, "enough seen", default);
        await successor.SaveAsync(again.Again());
        Assert.Equal("again", await ReadAsync("m/c-1"));
        Assert.Empty(successor.Ledger.Current.Broken);
        Assert.Empty(await NamesAsync("_cairn/attempts/"));
        Assert.Empty(await NamesAsync("_cairn/staging/"));
    }

    [Fact]
    public async Task Commit_WhenADataFileWasTakenAwayBeforeTheDecision_IsGivenUp()
    {
        Coordinator coordinator = await StartAsync();
        var save = new Save("m/c-1", "one");
        SaveAttempt attempt = await coordinator.Driver.BeginAsync(save.ToIntent(coordinator.Ledger.Current), default);
        SaveContent content = await WriteDataAsync(attempt, save);
        await _store.DeleteAsync(attempt.Files[1].Name, null, default);

        CheckpointException fault = await RefusedAsync(coordinator.Driver.CommitAsync(attempt.Id, content, default));
        await coordinator.Driver.AbortAsync(attempt.Id, fault.Error, fault.Message, default);

        Assert.Equal(CheckpointError.Aborted, fault.Error);
        Assert.Empty(await NamesAsync("m/"));
    }

    [Fact]
    public async Task Abort_PastTheDecision_IsUndecided_AndTheCheckpointWillBe()
    {
        (Save save, SaveAttempt attempt) = await DieCommittingAsync("m/c-1", isNumbered: true);
        Coordinator late = await Coordinator.LoadAsync(_store, _time);

        CheckpointException undecided = await RefusedAsync(late.Driver.AbortAsync(attempt.Id, CheckpointError.Aborted, "deadline", default));
        await late.Driver.RecoverAsync(default);

        Assert.Equal(CheckpointError.Undecided, undecided.Error);
        Assert.Equal(save.Value, await ReadAsync("m/c-1"));
    }

    [Fact]
    public async Task Sweep_FindsTheDataFileThatASiloWroteAfterTheAbort()
    {
        Coordinator coordinator = await StartAsync();
        SaveAttempt attempt = await coordinator.Driver.BeginAsync(new Save("m/c-1", "one").ToIntent(coordinator.Ledger.Current), default);
        await coordinator.Driver.AbortAsync(attempt.Id, CheckpointError.Aborted, "deadline", default);
        await PutAsync(attempt.Files[0].Name, "late");

        await coordinator.Driver.SweepAsync(default);
        Assert.Single(await NamesAsync("m/"));
        _time.Advance(TimeSpan.FromMinutes(11));
        await coordinator.Driver.SweepAsync(default);

        Assert.Empty(await NamesAsync("m/"));
        Assert.Empty(coordinator.Ledger.Current.Deletions);
    }

    [Fact]
    public async Task Sweep_AfterAnAbort_TouchesNothing_WhereACheckpointStandsByThen()
    {
        Coordinator coordinator = await StartAsync();
        SaveAttempt attempt = await coordinator.Driver.BeginAsync(new Save("m/c-1", "one").ToIntent(coordinator.Ledger.Current), default);
        await coordinator.Driver.AbortAsync(attempt.Id, CheckpointError.Aborted, "deadline", default);
        await PutAsync(attempt.Files[0].Name, "foreign");
        await PutAsync("m/c-1.index", "foreign");

        _time.Advance(TimeSpan.FromMinutes(11));
        await coordinator.Driver.SweepAsync(default);

        Assert.Equal("foreign", await TextAsync(attempt.Files[0].Name));
        Assert.Empty(coordinator.Ledger.Current.Deletions);
    }

    [Fact]
    public async Task Retention_WhereAnotherProgramHasSavedMeanwhile_TouchesNothing()
    {
        var late = new CommitOptions { RetentionDelay = TimeSpan.FromHours(1) };
        Coordinator coordinator = await Coordinator.StartAsync(_store, _time, late);
        await coordinator.SaveAsync(new Save("m/c-1", "one", MaxToKeep: 1));
        await coordinator.SaveAsync(new Save("m/c-2", "two", MaxToKeep: 1));
        Assert.Null(await _store.TryGetPropertiesAsync("m/c-1.index", default));
        await PutAsync("m/c-1.index", "foreign");

        _time.Advance(TimeSpan.FromHours(2));
        await coordinator.Driver.SweepAsync(default);

        Assert.NotNull(await _store.TryGetPropertiesAsync("m/c-1.data-00000-of-00002", default));
        Assert.Empty(coordinator.Ledger.Current.Deletions);
    }

    [Fact]
    public async Task Retention_LeavesTheBase_AndComesBackToItWhenItIsNoLonger()
    {
        Coordinator coordinator = await StartAsync();
        await coordinator.SaveAsync(new Save("m/c-1", "one", MaxToKeep: 1));
        await coordinator.SaveAsync(new Save("m/c-2", "two", MaxToKeep: 1, IsWhole: false));
        Assert.Equal("one", await ReadAsync("m/c-1"));

        await coordinator.SaveAsync(new Save("m/c-3", "three", MaxToKeep: 1));

        Assert.Null(await ReadAsync("m/c-1"));
    }

    [Fact]
    public async Task Begin_OfASubset_AtTheBase_IsRefused_WithTheRemedy_AndASaveOfEverythingReplacesIt()
    {
        Coordinator coordinator = await StartAsync();
        await coordinator.SaveAsync(new Save("m/c", "whole", IsNumbered: false));

        CheckpointException refused = await RefusedAsync(coordinator.SaveAsync(new Save("m/c", "part", IsNumbered: false, IsWhole: false)));
        await coordinator.SaveAsync(new Save("m/part", "part", IsNumbered: false, IsWhole: false));
        await coordinator.SaveAsync(new Save("m/part", "part again", IsNumbered: false, IsWhole: false));

        Assert.Equal(CheckpointError.AlreadyExists, refused.Error);
        Assert.Contains("another prefix", refused.Message, StringComparison.Ordinal);
        Assert.Equal("whole", await ReadAsync("m/c"));
        Assert.Equal("m/c", coordinator.Ledger.Current.Base!.Whole.Prefix);
        await coordinator.SaveAsync(new Save("m/c", "whole again", IsNumbered: false));
        Assert.Equal("whole again", await ReadAsync("m/c"));
    }

    [Fact]
    public async Task Begin_OfASubset_AtACheckpointThatWasRestoredOverTheBase_IsRefused()
    {
        Coordinator coordinator = await StartAsync();
        await coordinator.SaveAsync(new Save("m/c", "whole", IsNumbered: false));
        await coordinator.SaveAsync(new Save("m/part", "part", IsNumbered: false, IsWhole: false));
        await coordinator.Ledger.ChangeAsync(record => record.BeginGenerationBySubset(
            new RestorePlanStep("m/part", "ab", [new TensorBinding("k", "v", TensorPart.Value)], null, [])));

        CheckpointException refused = await RefusedAsync(coordinator.SaveAsync(new Save("m/part", "again", IsNumbered: false, IsWhole: false)));

        Assert.Equal(CheckpointError.AlreadyExists, refused.Error);
    }

    [Fact]
    public async Task Retention_OfACheckpointThatWasMadeTheBaseBeforeItsDeletionWasCarriedOut_LeavesIt()
    {
        Coordinator coordinator = await StartAsync();
        await coordinator.SaveAsync(new Save("m/c-1", "one"));
        await coordinator.SaveAsync(new Save("m/c-2", "two"));
        BlobETag index = (await _store.TryGetPropertiesAsync("m/c-1.index", default))!.ETag;
        await coordinator.Ledger.ChangeAsync(record => record with { Deletions = [new Deletion("m/c-1", index, [], _time.GetUtcNow())] });

        await coordinator.Ledger.ChangeAsync(record => record.BeginGeneration(new RestorePlan(new RestorePlanStep("m/c-1", "ab", [], null, []), [])));
        await coordinator.Driver.SweepAsync(default);

        Assert.Equal("one", await ReadAsync("m/c-1"));
        Assert.Empty(coordinator.Ledger.Current.Deletions);
    }

    [Fact]
    public async Task Delete_CarriesOutWhatWaits_BeforeAnotherModelMayHaveTheFolder()
    {
        var late = new CommitOptions { RetentionDelay = TimeSpan.FromHours(1) };
        Coordinator coordinator = await Coordinator.StartAsync(_store, _time, late);
        await coordinator.SaveAsync(new Save("m/c-1", "one", MaxToKeep: 1));
        await coordinator.SaveAsync(new Save("m/c-2", "two", MaxToKeep: 1));
        SaveAttempt attempt = await coordinator.Driver.BeginAsync(new Save("m/c-3", "three").ToIntent(coordinator.Ledger.Current), default);
        await coordinator.Driver.AbortAsync(attempt.Id, CheckpointError.Aborted, "deadline", default);
        await coordinator.Ledger.ChangeAsync(record => record.Delete());

        await coordinator.Driver.RecoverAsync(default);
        Coordinator other = await Coordinator.StartAsync(_store, _time, model: "other");
        await other.SaveAsync(new Save("m/c-1", "other's"));
        _time.Advance(TimeSpan.FromDays(1));
        await (await Coordinator.StartAsync(_store, _time)).Driver.SweepAsync(default);

        Assert.Empty(coordinator.Ledger.Current.Deletions);
        Assert.Empty(coordinator.Ledger.Current.Folders);
        Assert.Equal("other's", await ReadAsync("m/c-1"));
        Assert.Equal("two", await ReadAsync("m/c-2"));
    }

    [Fact]
    public async Task Begin_WhereTooManyDeletionsWait_DoesNotLetTheOldestWait()
    {
        Coordinator coordinator = await StartAsync();
        DateTimeOffset later = _time.GetUtcNow().AddHours(1);
        await coordinator.Ledger.ChangeAsync(record => record with
        {
            Deletions = [.. Enumerable.Range(0, CommitRules.DeletionsMax).Select(i => new Deletion($"m/old-{i}", null, [new($"m/old-{i}.data-00000-of-00001", null)], later))],
        });

        await coordinator.SaveAsync(new Save("m/c-1", "one"));

        Assert.Equal("one", await ReadAsync("m/c-1"));
        Assert.True(coordinator.Ledger.Current.Deletions.Length < CommitRules.DeletionsMax);
    }

    [Fact]
    public async Task Abort_WhereTheRecordIsFull_FindsRoom_AndThePromiseOfTheNewestOutcomeStands()
    {
        Coordinator coordinator = await StartAsync();
        var save = new Save("m/c-1", "one");
        SaveAttempt attempt = await coordinator.Driver.BeginAsync(save.ToIntent(coordinator.Ledger.Current), default);
        string message = new('\u00fc', RequestOutcome.MessageLengthMax);
        RequestOutcome Old() => new(Guid.NewGuid(), RequestKind.Save, "m/c", 1, CheckpointError.Aborted, message, _time.GetUtcNow());
        await coordinator.Ledger.ChangeAsync(record => record with { Requests = [.. Enumerable.Range(0, CoordinatorRecord.RequestsMax).Select(_ => Old())] });

        await coordinator.Driver.AbortAsync(attempt.Id, CheckpointError.StoreFull, new string('x', 1 << 20), default);

        Assert.Null(coordinator.Ledger.Current.Attempt);
        RequestOutcome outcome = coordinator.Ledger.Current.FindOutcome(save.Request)!;
        Assert.Equal((CheckpointError.StoreFull, RequestOutcome.MessageLengthMax), (outcome.Error!.Value, outcome.Message!.Length));
        await coordinator.SaveAsync(new Save("m/c-2", "two"));
        Assert.Equal("two", await ReadAsync("m/c-2"));
    }

    [Fact]
    public async Task Save_OverWhatALateSiloHasLeft_TakesItsNames()
    {
        await PutAsync("m/c-1.data-00000-of-00002", "late");
        await PutAsync("m/c-1.data-00002-of-00003", "late");

        await (await StartAsync()).SaveAsync(new Save("m/c-1", "one"));

        Assert.Equal("one", await ReadAsync("m/c-1"));
        Assert.Null(await _store.TryGetPropertiesAsync("m/c-1.data-00002-of-00003", default));
    }

    [Fact]
    public async Task Save_WhenADataFileAppearsUnderItsHands_FailsOnce_AndSucceedsWhenItIsRepeated()
    {
        Coordinator coordinator = await StartAsync();
        SaveAttempt attempt = await coordinator.Driver.BeginAsync(new Save("m/c-1", "one").ToIntent(coordinator.Ledger.Current), default);
        await PutAsync(attempt.Files[0].Target, "a zombie's");

        await coordinator.Driver.AbortAsync(attempt.Id, CheckpointError.TryAgain, "a data file appeared", default);
        Assert.Null(await _store.TryGetPropertiesAsync(attempt.Files[0].Target, default));
        await coordinator.SaveAsync(new Save("m/c-1", "one"));

        Assert.Equal("one", await ReadAsync("m/c-1"));
    }

    [Fact]
    public async Task Save_WhenASidecarAppearsUnderItsHands_LooksAgain_AndGoesOn()
    {
        Coordinator coordinator = await StartAsync();
        var save = new Save("m/c-1", "one");
        SaveAttempt attempt = await coordinator.Driver.BeginAsync(save.ToIntent(coordinator.Ledger.Current), default);
        await PutAsync(attempt.Files[^1].Target, "a zombie's");

        await coordinator.Driver.CommitAsync(attempt.Id, await WriteDataAsync(attempt, save), default);

        Assert.Equal("one", await ReadAsync("m/c-1"));
    }

    [Fact]
    public async Task Save_ThatReplacesWithoutMeta_LeavesNoOldMeta()
    {
        Coordinator coordinator = await StartAsync();
        await coordinator.SaveAsync(new Save("m/c", "one", IsNumbered: false));

        await coordinator.SaveAsync(new Save("m/c", "two", IsNumbered: false, WriteMeta: false));

        Assert.Equal("two", await ReadAsync("m/c"));
        Assert.Null(await _store.TryGetPropertiesAsync("m/c.meta", default));
    }

    [Fact]
    public async Task Save_WhereAStaleFileBecameSomebodyElses_LeavesItAlone()
    {
        Coordinator coordinator = await StartAsync();
        await PutAsync("m/c-1.data-00002-of-00003", "stale");
        var save = new Save("m/c-1", "one");
        SaveAttempt attempt = await coordinator.Driver.BeginAsync(save.ToIntent(coordinator.Ledger.Current), default);
        await PutAsync("m/c-1.data-00002-of-00003", "somebody's");

        await coordinator.Driver.CommitAsync(attempt.Id, await WriteDataAsync(attempt, save), default);

        Assert.Equal("one", await ReadAsync("m/c-1"));
        Assert.Equal("somebody's", await TextAsync("m/c-1.data-00002-of-00003"));
    }

    [Theory]
    [InlineData("m/c-1.index")]
    [InlineData("m/c-1.data-00000-of-00001")]
    [InlineData("_cairn/c-1")]
    [InlineData("../c-1")]
    [InlineData("/m/c-1")]
    [InlineData("m\\c-1")]
    [InlineData("m/checkpoint")]
    public async Task Begin_UnderANameThatNoCheckpointMayHave_IsRefused(string prefix)
    {
        Coordinator coordinator = await StartAsync();

        Assert.Equal(CheckpointError.InvalidArgument, (await RefusedAsync(coordinator.SaveAsync(new Save(prefix, "one", IsNumbered: false)))).Error);
    }

    [Fact]
    public async Task Begin_WithAStateFileThatIsOneOfItsFiles_IsRefused()
    {
        Coordinator coordinator = await StartAsync();

        CheckpointException refused = await RefusedAsync(coordinator.SaveAsync(new Save("m/c-1", "one", StateFile: "c-1.index")));

        Assert.Equal(CheckpointError.InvalidArgument, refused.Error);
    }

    private Task<Coordinator> StartAsync() => Coordinator.StartAsync(_store, _time);

    /// <summary>A restore of a checkpoint that was cut before any that was saved here.</summary>
    private static Task GoBackBeforeAsync(Coordinator coordinator) => coordinator.Ledger.ChangeAsync(record =>
        record.BeginGeneration(new RestorePlan(new RestorePlanStep("m/c-0", "ab", [], new SaveStamp(record.Generation, record.Epoch, 0), []), [])));

    /// <summary>A save whose coordinator dies right after the record says that it will be.</summary>
    private async Task<(Save Save, SaveAttempt Attempt)> DieCommittingAsync(string prefix, bool isNumbered)
    {
        for (int n = 1; ; n++)
        {
            var save = new Save(prefix, "one", isNumbered);
            var dying = new FaultInjectingBlobStore(_store, n, FaultMode.DieAfter);
            await Assert.ThrowsAsync<StoreDiedException>(async () => await (await Coordinator.StartAsync(dying, _time)).SaveAsync(save));
            CoordinatorRecord? record = (await new RecordStore(_store).TryReadAsync(Coordinator.Model, default))?.Record;
            if (record?.Attempt is { Phase: AttemptPhase.Committing } attempt)
            {
                return (save, attempt);
            }
        }
    }

    private async Task<SaveContent> WriteDataAsync(SaveAttempt attempt, Save save)
    {
        var bundle = new ToyBundle(save, attempt);
        List<WrittenFile> written = [];
        foreach (AttemptFile file in attempt.DataFiles)
        {
            byte[] bytes = bundle.Data(file.Name);
            BlobETag? etag = await _store.TryWriteAsync(file.Target, bytes, BlobCondition.IfStill(file.TargetExpected), default);
            written.Add(new WrittenFile(etag!.Value, bytes.Length));
        }

        return bundle.ToContent([.. written]);
    }

    private async Task PutAsync(string name, string text) => await _store.TryWriteAsync(name, Encoding.UTF8.GetBytes(text), BlobCondition.None, default);

    private async Task<string?> TextAsync(string name) =>
        await _store.TryReadAsync(name, 1 << 20, default) is { } content ? Encoding.UTF8.GetString(content.Bytes.Span) : null;

    private Task<string?> ReadAsync(string prefix) => ToyBundle.ReadAsync(_store, new(prefix));

    private async Task<List<string>> NamesAsync(string prefix) => await _store.ListAsync(prefix, default).Select(blob => blob.Name).ToListAsync();

    private static Task<CheckpointException> RefusedAsync(Task task) => Assert.ThrowsAsync<CheckpointException>(() => task);

}
