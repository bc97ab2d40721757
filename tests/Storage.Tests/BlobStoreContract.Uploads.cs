using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Storage.Tests;

// Blobs written in blocks.
public abstract partial class BlobStoreContract
{
    private const int BlockLengthBytes = 10_000;

    [Fact]
    public async Task Upload_BlocksStagedInParallelAndAnyOrder_MakeTheBlob()
    {
        byte[] bytes = Pattern(97_531, seed: 3);
        await using IBlobUpload upload = await Store.BeginUploadAsync("up/data", Guid.NewGuid(), Ends);
        int[] ordinals = [.. Enumerable.Range(0, 10)];
        new Random(4).Shuffle(ordinals);

        await Parallel.ForEachAsync(ordinals, Ends, async (ordinal, token) => await StageAsync(upload, ordinal, bytes, token));
        BlobETag etag = (await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends))!.Value;

        BlobContent content = (await SecondStore.TryReadAsync("up/data", bytes.Length, Ends))!;
        Assert.Equal(bytes, content.Bytes.ToArray());
        Assert.Equal(etag, content.ETag);
    }

    [Fact]
    public async Task Upload_BlockStagedAgain_CountsOnce()
    {
        byte[] bytes = Pattern(2 * BlockLengthBytes, seed: 5);
        await using IBlobUpload upload = await Store.BeginUploadAsync("up", Guid.NewGuid(), Ends);
        foreach (int ordinal in new[] { 0, 1, 0, 1, 1 })
        {
            await StageAsync(upload, ordinal, bytes, Ends);
        }

        await upload.TryCommitAsync(BlobCondition.None, Ends);

        Assert.Equal(bytes, (await Store.TryReadAsync("up", bytes.Length, Ends))!.Bytes.ToArray());
    }

    [Fact]
    public async Task Upload_BufferReusedAfterStaging_DoesNotChangeTheBlock()
    {
        byte[] buffer = [1, 2, 3];
        await using IBlobUpload upload = await Store.BeginUploadAsync("up", Guid.NewGuid(), Ends);
        await upload.StageAsync(0, 0, buffer, Ends);
        buffer.AsSpan().Fill(9);
        await upload.TryCommitAsync(BlobCondition.None, Ends);

        Assert.Equal([1, 2, 3], (await Store.TryReadAsync("up", 3, Ends))!.Bytes.ToArray());
    }

    [Fact]
    public async Task Upload_NoBlocks_MakesAnEmptyBlob()
    {
        await using IBlobUpload upload = await Store.BeginUploadAsync("up", Guid.NewGuid(), Ends);

        Assert.NotNull(await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends));
        Assert.Equal(0, (await Store.TryGetPropertiesAsync("up", Ends))!.LengthBytes);
    }

    [Fact]
    public async Task Upload_WithAGap_IsNotCommitted()
    {
        byte[] bytes = Pattern(4 * BlockLengthBytes, seed: 6);
        await using IBlobUpload upload = await Store.BeginUploadAsync("up", Guid.NewGuid(), Ends);
        await StageAsync(upload, 0, bytes, Ends);
        await StageAsync(upload, 2, bytes, Ends);

        await RefusesAsync(CheckpointError.InvalidArgument, "block 1", async () => await upload.TryCommitAsync(BlobCondition.None, Ends));
        Assert.Null(await Store.TryGetPropertiesAsync("up", Ends));

        await StageAsync(upload, 1, bytes, Ends);
        await upload.TryCommitAsync(BlobCondition.None, Ends);
        Assert.Equal(3 * BlockLengthBytes, (await Store.TryGetPropertiesAsync("up", Ends))!.LengthBytes);
    }

    [Fact]
    public async Task Upload_BlockAtAWrongPlace_IsNotCommitted()
    {
        await using IBlobUpload upload = await Store.BeginUploadAsync("up", Guid.NewGuid(), Ends);
        await upload.StageAsync(0, 0, new byte[10], Ends);
        await upload.StageAsync(1, 11, new byte[10], Ends);

        await RefusesAsync(CheckpointError.InvalidArgument, "block 1", async () => await upload.TryCommitAsync(BlobCondition.None, Ends));
        await RefusesAsync(CheckpointError.InvalidArgument, "block 0", async () => await upload.StageAsync(0, 0, new byte[9], Ends));
        await RefusesAsync(CheckpointError.InvalidArgument, "50000", async () => await upload.StageAsync(50_000, 0, new byte[9], Ends));
        await RefusesAsync(CheckpointError.InvalidArgument, "-1", async () => await upload.StageAsync(-1, 0, new byte[9], Ends));
    }

    [Fact]
    public async Task Upload_Unfinished_IsNeitherListedNorFound()
    {
        byte[] bytes = Pattern(BlockLengthBytes, seed: 7);
        await using IBlobUpload unfinished = await Store.BeginUploadAsync("dir/up", Guid.NewGuid(), Ends);
        await StageAsync(unfinished, 0, bytes, Ends);
        await WriteAsync("dir/other", "x");

        Assert.Equal(["dir/other"], await ListAsync(""));
        Assert.Null(await SecondStore.TryGetPropertiesAsync("dir/up", Ends));
    }

    [Fact]
    public async Task Upload_Disposed_LeavesNothing()
    {
        IBlobUpload upload = await Store.BeginUploadAsync("up", Guid.NewGuid(), Ends);
        await StageAsync(upload, 0, Pattern(BlockLengthBytes, seed: 8), Ends);
        await upload.DisposeAsync();

        Assert.Empty(await ListAsync(""));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await upload.TryCommitAsync(BlobCondition.None, Ends));
    }

    [Fact]
    public async Task Upload_ConditionFails_ChangesNothing()
    {
        BlobETag standing = await WriteAsync("up", "standing");
        await using IBlobUpload upload = await Store.BeginUploadAsync("up", Guid.NewGuid(), Ends);
        await StageAsync(upload, 0, Pattern(BlockLengthBytes, seed: 9), Ends);

        Assert.Null(await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends));
        Assert.Null(await upload.TryCommitAsync(BlobCondition.IfMatch(new BlobETag("\"0x1\"")), Ends));
        Assert.Equal(("standing", standing), await ReadTextAsync("up"));

        Assert.NotNull(await upload.TryCommitAsync(BlobCondition.IfMatch(standing), Ends));
        Assert.Equal(BlockLengthBytes, (await Store.TryGetPropertiesAsync("up", Ends))!.LengthBytes);
    }

    [Fact]
    public async Task Upload_AfterAnAbandonedAttempt_HoldsItsOwnBlocksOnly()
    {
        byte[] bytes = Pattern(BlockLengthBytes, seed: 10);
        await using IBlobUpload zombie = await Store.BeginUploadAsync("up", Guid.NewGuid(), Ends);
        await zombie.StageAsync(0, 0, new byte[5], Ends);
        await zombie.StageAsync(1, 5, new byte[5], Ends);

        await using IBlobUpload upload = await SecondStore.BeginUploadAsync("up", Guid.NewGuid(), Ends);
        await StageAsync(upload, 0, bytes, Ends);
        Assert.NotNull(await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends));

        // The zombie's commit is refused by its condition, or because the store let its blocks go.
        try
        {
            Assert.Null(await zombie.TryCommitAsync(BlobCondition.IfAbsent, Ends));
        }
        catch (CheckpointException fault)
        {
            Assert.Equal(CheckpointError.Aborted, fault.Error);
        }

        Assert.Equal(bytes, (await Store.TryReadAsync("up", bytes.Length, Ends))!.Bytes.ToArray());
    }

    private static ValueTask StageAsync(IBlobUpload upload, int ordinal, byte[] bytes, CancellationToken cancellationToken)
    {
        int offsetBytes = ordinal * BlockLengthBytes;
        return upload.StageAsync(ordinal, offsetBytes, bytes.AsMemory(offsetBytes, Math.Min(BlockLengthBytes, bytes.Length - offsetBytes)), cancellationToken);
    }
}
