using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.Memory;
using Cairn.Testing.Faults;

namespace Cairn.Storage.Tests;

/// <summary>The faults that other tests rely on do what they say.</summary>
public sealed class FaultInjectingBlobStoreTests
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(30));
    private readonly MemoryBlobStore _inner = new();

    private CancellationToken Ends => _deadline.Token;

    [Fact]
    public async Task None_CountsEveryOperationOfStoreAndUploads()
    {
        var store = new FaultInjectingBlobStore(_inner, 1, FaultMode.None);

        await SaveAsync(store);

        Assert.Equal(["BeginUpload data", "Stage data 0", "Stage data 1", "TryCommit data", "TryWrite index", "List ", "Delete data"], store.Operations);
    }

    [Theory]
    [InlineData(FaultMode.FailBefore, false)]
    [InlineData(FaultMode.FailAfter, true)]
    public async Task Fail_AtTheCommit_IsDoneOrNot(FaultMode mode, bool isDone)
    {
        var store = new FaultInjectingBlobStore(_inner, 4, mode);

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => SaveAsync(store));

        Assert.Equal(CheckpointError.StoreUnavailable, fault.Error);
        Assert.Equal(isDone, await _inner.TryGetPropertiesAsync("data", Ends) is not null);
        Assert.NotNull(await store.TryWriteAsync("later", new byte[1], BlobCondition.None, Ends));
    }

    [Theory]
    [InlineData(FaultMode.DieBefore, false)]
    [InlineData(FaultMode.DieAfter, true)]
    public async Task Die_EndsEveryLaterOperation(FaultMode mode, bool isDone)
    {
        var store = new FaultInjectingBlobStore(_inner, 5, mode);

        await Assert.ThrowsAsync<StoreDiedException>(() => SaveAsync(store));
        await Assert.ThrowsAsync<StoreDiedException>(async () => await store.TryWriteAsync("later", new byte[1], BlobCondition.None, Ends));

        Assert.Equal(isDone, await _inner.TryGetPropertiesAsync("index", Ends) is not null);
        Assert.Equal(5, store.Count);
    }

    [Fact]
    public async Task Duplicate_OfAConditionalWrite_ShowsTheOutcomeOfTheFirst()
    {
        var store = new FaultInjectingBlobStore(_inner, 1, FaultMode.Duplicate);

        BlobETag? etag = await store.TryWriteAsync("a", new byte[1], BlobCondition.IfAbsent, Ends);

        Assert.Equal((await _inner.TryGetPropertiesAsync("a", Ends))!.ETag, etag);
    }

    [Fact]
    public async Task Delay_WaitsForTheTest()
    {
        var store = new FaultInjectingBlobStore(_inner, 1, FaultMode.Delay);
        Task<BlobETag?> write = store.TryWriteAsync("a", new byte[1], BlobCondition.IfAbsent, Ends).AsTask();

        await store.Reached.WaitAsync(Ends);
        Assert.Null(await _inner.TryGetPropertiesAsync("a", Ends));
        store.Continue();

        Assert.NotNull(await write.WaitAsync(Ends));
    }

    [Fact]
    public async Task FlipByte_ChangesOneByteOfWhatIsReadAndNoneOfWhatIsStored()
    {
        await _inner.TryWriteAsync("a", new byte[9], BlobCondition.None, Ends);
        byte[] range = new byte[9];

        BlobContent content = (await new FaultInjectingBlobStore(_inner, 1, FaultMode.FlipByte).TryReadAsync("a", 9, Ends))!;
        await new FaultInjectingBlobStore(_inner, 1, FaultMode.FlipByte).ReadAsync("a", 0, range, null, Ends);

        Assert.Single(content.Bytes.ToArray(), value => value != 0);
        Assert.Single(range, value => value != 0);
        Assert.Equal(new byte[9], (await _inner.TryReadAsync("a", 9, Ends))!.Bytes.ToArray());
    }

    private async Task SaveAsync(FaultInjectingBlobStore store)
    {
        await using (IBlobUpload upload = await store.BeginUploadAsync("data", Guid.NewGuid(), Ends))
        {
            await upload.StageAsync(0, 0, new byte[3], Ends);
            await upload.StageAsync(1, 3, new byte[3], Ends);
            await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends);
        }

        await store.TryWriteAsync("index", new byte[1], BlobCondition.IfAbsent, Ends);
        await store.ListAsync("", Ends).CountAsync(Ends);
        await store.DeleteAsync("data", null, Ends);
    }
}
