using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.Local;

namespace Cairn.Storage.Tests.Local;

public sealed class DiskFaultTests
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));

    private CancellationToken Ends => _deadline.Token;

    [Fact]
    public async Task Write_FullDisk_IsStoreFullAndLeavesWhatStood()
    {
        using var disk = new TemporaryMount("size=256k");
        var store = new LocalBlobStore(disk.Path);
        BlobETag standing = (await store.TryWriteAsync("a", new byte[100_000], BlobCondition.None, Ends))!.Value;

        await LocalBlobStoreTests.RefusesAsync(CheckpointError.StoreFull, "free some room", async () =>
            await store.TryWriteAsync("a", new byte[400_000], BlobCondition.None, Ends));
        await using (IBlobUpload upload = await store.BeginUploadAsync("b", Guid.NewGuid(), Ends))
        {
            await LocalBlobStoreTests.RefusesAsync(CheckpointError.StoreFull, disk.Path, async () => await upload.StageAsync(0, 0, new byte[400_000], Ends));
        }

        await LocalBlobStoreTests.RefusesAsync(CheckpointError.StoreFull, "c", async () =>
        {
            await store.TryCopyAsync("a", standing, "c", BlobCondition.None, Ends);
            await store.TryCopyAsync("a", standing, "d", BlobCondition.None, Ends);
        });

        Assert.Equal(standing, (await store.TryGetPropertiesAsync("a", Ends))!.ETag);
        Assert.DoesNotContain(Directory.EnumerateFiles(disk.Path), path => path.Contains(TemporaryFile.NamePrefix, StringComparison.Ordinal));
        Assert.NotNull(await store.TryWriteAsync("a", new byte[1000], BlobCondition.IfMatch(standing), Ends));
    }

    [Fact]
    public async Task Write_ReadOnlyDisk_IsAccessDeniedAndReadingGoesOn()
    {
        using var disk = new TemporaryMount("size=256k");
        var store = new LocalBlobStore(disk.Path);
        BlobETag standing = (await store.TryWriteAsync("a", new byte[100], BlobCondition.None, Ends))!.Value;
        disk.Remount("ro");

        await LocalBlobStoreTests.RefusesAsync(CheckpointError.AccessDenied, "another store", async () =>
            await store.TryWriteAsync("a", new byte[1], BlobCondition.None, Ends));
        await LocalBlobStoreTests.RefusesAsync(CheckpointError.AccessDenied, "another store", async () => await store.DeleteAsync("a", standing, Ends));
        await LocalBlobStoreTests.RefusesAsync(CheckpointError.AccessDenied, "another store", async () =>
            await store.TryWriteAsync("new/b", new byte[1], BlobCondition.None, Ends));
        await store.ReadAsync("a", 0, new byte[100], standing, Ends);
    }
}
