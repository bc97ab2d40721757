using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Tests.Commits;
using Cairn.Storage.Memory;
using Cairn.Testing.Faults;
using Orleans.Runtime;
using Orleans.Storage;

namespace Cairn.Grains.Tests.Records;

public sealed class RecordLedgerTests
{
    private readonly MemoryBlobStore _store = new();

    [Fact]
    public async Task Change_OfTwoCoordinators_IsWonByOne_AndTheOtherEnds()
    {
        RecordLedger first = await LoadAsync(_store);
        RecordLedger second = await LoadAsync(_store);

        await first.ChangeAsync(record => record with { Epoch = 1 });
        CheckpointException lost = await Assert.ThrowsAsync<CheckpointException>(() => second.ChangeAsync(record => record with { Epoch = 2 }));

        Assert.Equal(CheckpointError.Superseded, lost.Error);
        Assert.True(second.IsSuperseded);
        Assert.Equal(CheckpointError.Superseded, (await Assert.ThrowsAsync<CheckpointException>(() => second.RefreshAsync())).Error);
        Assert.Equal(1, (await LoadAsync(_store)).Current.Epoch);
    }

    [Theory]
    [InlineData(FaultMode.FailBefore, 0)]
    [InlineData(FaultMode.FailAfter, 1)]
    public async Task Change_ThatEndsInAFault_IsLookedUpBeforeTheNext(FaultMode mode, long epoch)
    {
        RecordLedger ledger = await LoadAsync(new FaultInjectingBlobStore(_store, 2, mode));
        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => ledger.ChangeAsync(record => record with { Epoch = 1 }));

        CoordinatorRecord found = await ledger.RefreshAsync();
        await ledger.ChangeAsync(record => record with { Epoch = record.Epoch + 10 });

        Assert.Equal(CheckpointError.StoreUnavailable, fault.Error);
        Assert.Equal(epoch, found.Epoch);
        Assert.Equal(epoch + 10, (await LoadAsync(_store)).Current.Epoch);
    }

    [Fact]
    public async Task Change_ThatEndsInAFault_WhileAnotherTakesOver_Ends()
    {
        RecordLedger ledger = await LoadAsync(new FaultInjectingBlobStore(_store, 2, FaultMode.FailAfter));
        await Assert.ThrowsAsync<CheckpointException>(() => ledger.ChangeAsync(record => record with { Epoch = 1 }));
        await (await LoadAsync(_store)).ChangeAsync(record => record with { Epoch = 2 });

        Assert.Equal(CheckpointError.Superseded, (await Assert.ThrowsAsync<CheckpointException>(() => ledger.RefreshAsync())).Error);
    }

    [Fact]
    public async Task Change_OfManyAtOnce_LosesNone()
    {
        RecordLedger ledger = await LoadAsync(_store);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => ledger.ChangeAsync(record => record with { Epoch = record.Epoch + 1 }))));

        Assert.Equal(50, (await LoadAsync(_store)).Current.Epoch);
    }

    [Fact]
    public async Task Storage_WithAnOldETag_ThrowsWhatOrleansExpects()
    {
        var storage = new RecordGrainStorage(new RecordStore(_store));
        FakePersistentState first = new(storage, "ranker") { State = { Record = RecordSamples.Full } };
        FakePersistentState second = new(storage, "ranker") { State = { Record = RecordSamples.Full } };

        await first.WriteStateAsync();

        await Assert.ThrowsAsync<InconsistentStateException>(second.WriteStateAsync);
        await second.ReadStateAsync();
        await second.ClearStateAsync();
        await Assert.ThrowsAsync<InconsistentStateException>(first.WriteStateAsync);
        Assert.False(second.RecordExists);
    }

    [Fact]
    public async Task Load_OfADamagedRecord_NamesTheFile()
    {
        await _store.TryWriteAsync(RecordStore.NameOf("ranker"), "{}"u8.ToArray(), BlobCondition.None, default);

        OrleansException wrapped = await Assert.ThrowsAsync<OrleansException>(() => LoadAsync(_store));

        Assert.Contains("_cairn/models/ranker", Assert.IsType<CheckpointException>(wrapped.InnerException).Message, StringComparison.Ordinal);
    }

    private static async Task<RecordLedger> LoadAsync(IBlobStore store) => (await Coordinator.LoadAsync(store, TimeProvider.System)).Ledger;
}
