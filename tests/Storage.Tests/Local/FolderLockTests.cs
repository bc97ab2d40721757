using Cairn.Storage.Local;
using Cairn.Testing;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Storage.Tests.Local;

public sealed class FolderLockTests
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(30));

    [Fact]
    public async Task Acquire_WhileHeld_WaitsForTheRelease()
    {
        using var folder = new TemporaryFolder();
        FolderLock held = await FolderLock.AcquireAsync(folder.Path, _deadline.Token);
        Task<FolderLock> second = FolderLock.AcquireAsync(folder.Path, _deadline.Token).AsTask();

        Assert.False(second.IsCompleted);
        held.Release();

        (await second.WaitAsync(_deadline.Token)).Dispose();
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Acquire_Cancelled_LeavesTheLockToOthers()
    {
        using var folder = new TemporaryFolder();
        using (await FolderLock.AcquireAsync(folder.Path, _deadline.Token))
        {
            using var cancelled = new CancellationTokenSource();
            Task<FolderLock> second = FolderLock.AcquireAsync(folder.Path, cancelled.Token).AsTask();
            await cancelled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        }

        (await FolderLock.AcquireAsync(folder.Path, _deadline.Token)).Dispose();
    }

    [Fact]
    public void TakeFile_WhereFoldersCannotBeLocked_ExcludesOthersUntilClosed()
    {
        using var folder = new TemporaryFolder();
        using (SafeFileHandle held = FolderLock.TryTakeFile(folder.Path)!)
        {
            Assert.Null(FolderLock.TryTakeFile(folder.Path));
        }

        using SafeFileHandle? next = FolderLock.TryTakeFile(folder.Path);
        Assert.NotNull(next);
    }
}
