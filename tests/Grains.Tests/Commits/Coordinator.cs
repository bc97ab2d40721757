using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Tests.Commits;

/// <summary>A coordinator's process, as far as commits go: it loads the record, raises the epoch, recovers, saves. Its silos are played by uploads.</summary>
internal sealed class Coordinator
{
    public const string Model = "ranker";

    private readonly IBlobStore _store;

    private Coordinator(IBlobStore store, RecordLedger ledger, TimeProvider time, CommitOptions? options)
    {
        _store = store;
        Ledger = ledger;
        Driver = new CommitDriver(store, ledger, time, options ?? new CommitOptions());
    }

    public RecordLedger Ledger { get; }

    public CommitDriver Driver { get; }

    /// <summary>A fresh coordinator that has loaded the record and not acted yet.</summary>
    public static async Task<Coordinator> LoadAsync(IBlobStore store, TimeProvider time, CommitOptions? options = null, string model = Model)
    {
        var state = new FakePersistentState(new RecordGrainStorage(new RecordStore(store)), model);
        await state.ReadStateAsync();
        return new Coordinator(store, new RecordLedger(model, "cluster", state, time, Guid.NewGuid()), time, options);
    }

    /// <summary>A fresh coordinator that has taken over and recovered.</summary>
    public static async Task<Coordinator> StartAsync(IBlobStore store, TimeProvider time, CommitOptions? options = null, string model = Model)
    {
        Coordinator coordinator = await LoadAsync(store, time, options, model);
        await coordinator.Ledger.ChangeAsync(record => record.Enter("cluster", takeOver: false));
        await coordinator.Driver.RecoverAsync(default);
        return coordinator;
    }

    /// <summary>A whole save: it returns when the checkpoint is committed.</summary>
    public async Task SaveAsync(Save save)
    {
        SaveAttempt attempt = await Driver.BeginAsync(save.ToIntent(Ledger.Current), default);
        var content = new ToyBundle(save, attempt);
        List<WrittenFile> written = [];
        foreach (AttemptFile file in attempt.DataFiles)
        {
            written.Add(await UploadAsync(attempt, file, content.Data(file.Name)));
        }

        await Driver.CommitAsync(attempt.Id, content.ToContent([.. written]), default);
    }

    /// <summary>A save as the coordinator grain does it: what fails is aborted or finished.</summary>
    public async Task SaveOrSettleAsync(Save save)
    {
        try
        {
            await SaveAsync(save);
        }
        catch (CheckpointException undecided) when (undecided.Error == CheckpointError.Undecided)
        {
            await Driver.RecoverAsync(default);
        }
        catch (CheckpointException fault) when (!Ledger.IsSuperseded)
        {
            await Driver.AbortAsync(save.Attempt, fault.Error, fault.Message, default);
        }
    }

    private async Task<WrittenFile> UploadAsync(SaveAttempt attempt, AttemptFile file, byte[] bytes)
    {
        await using IBlobUpload upload = await _store.BeginUploadAsync(file.Target, attempt.Id, default);
        await upload.StageAsync(0, 0, bytes, default);
        return await upload.TryCommitAsync(BlobCondition.IfStill(file.TargetExpected), default) is { } etag
            ? new WrittenFile(etag, bytes.Length)
            : throw new CheckpointException(CheckpointError.TryAgain, $"'{file.Target}' is written by somebody else.");
    }
}
