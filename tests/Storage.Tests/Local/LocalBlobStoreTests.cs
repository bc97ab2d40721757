using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.Local;
using Cairn.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Storage.Tests.Local;

public sealed class LocalBlobStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));

    private string Root => Path.Combine(_folder.Path, "store");

    private CancellationToken Ends => _deadline.Token;

    public void Dispose()
    {
        _deadline.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Read_OfAnUploadThatWasDroppedFromTheCache_AsksTheDisk()
    {
        const int LengthBytes = 32 << 20; // More than all other tests of this process read meanwhile.
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && new DriveInfo(_folder.Path).DriveFormat is "ext4" or "xfs", "Only here it is known what a read costs the disk.");
        var store = new LocalBlobStore(Root, new LocalBlobStoreOptions { DropsWrittenFromCache = true });
        byte[] bytes = new byte[LengthBytes];
        new Random(1).NextBytes(bytes);
        await using (IBlobUpload upload = await store.BeginUploadAsync("a", Guid.NewGuid(), Ends))
        {
            await upload.StageAsync(0, 0, bytes, Ends);
            Assert.NotNull(await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends));
        }

        long before = BytesReadFromDisks();
        BlobContent content = (await store.TryReadAsync("a", LengthBytes, Ends))!;

        Assert.InRange(BytesReadFromDisks() - before, LengthBytes, long.MaxValue);
        Assert.True(content.Bytes.Span.SequenceEqual(bytes));
    }

    private static long BytesReadFromDisks() =>
        long.Parse(File.ReadLines("/proc/self/io").Single(line => line.StartsWith("read_bytes: ", StringComparison.Ordinal))["read_bytes: ".Length..],
            System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task Folder_AfterWritesAndUploads_HoldsTheBlobsAndNothingElse()
    {
        var store = new LocalBlobStore(Root);
        BlobETag first = (await store.TryWriteAsync("dir/a", new byte[10], BlobCondition.IfAbsent, Ends))!.Value;
        await store.TryWriteAsync("dir/a", new byte[11], BlobCondition.IfMatch(first), Ends);
        Assert.Null(await store.TryWriteAsync("dir/a", new byte[12], BlobCondition.IfAbsent, Ends));
        await using (IBlobUpload upload = await store.BeginUploadAsync("dir/b", Guid.NewGuid(), Ends))
        {
            await upload.StageAsync(0, 0, new byte[5], Ends);
        }

        await store.DeleteAsync("dir/none", null, Ends);

        Assert.Equal([Path.Combine(Root, "dir", "a")], Directory.EnumerateFileSystemEntries(Path.Combine(Root, "dir")));
        Assert.Equal([Path.Combine(Root, "dir")], Directory.EnumerateFileSystemEntries(Root));
    }

    [Fact]
    public async Task StrayTemporaryFile_IsHidden_AndSweptWhenOld()
    {
        Directory.CreateDirectory(Root);
        string stray = Path.Combine(Root, TemporaryFile.NamePrefix + "dead");
        string young = Path.Combine(Root, TemporaryFile.NamePrefix + "young");
        await File.WriteAllBytesAsync(stray, new byte[10], Ends);
        await File.WriteAllBytesAsync(young, new byte[10], Ends);
        File.SetLastWriteTimeUtc(stray, DateTime.UtcNow.AddHours(-1));

        var store = new LocalBlobStore(Root);
        Assert.Empty(await store.ListAsync("", Ends).ToListAsync(Ends));
        await store.TryWriteAsync("a", new byte[1], BlobCondition.None, Ends);

        Assert.Equal(OperatingSystem.IsWindows(), File.Exists(stray));
        Assert.True(File.Exists(young));
    }

    [Fact]
    public async Task Sweep_OldUploadWhoseWriterLives_IsLeftAlone()
    {
        var store = new LocalBlobStore(Root);
        await using IBlobUpload upload = await store.BeginUploadAsync("slow", Guid.NewGuid(), Ends);
        await upload.StageAsync(0, 0, new byte[5], Ends);
        File.SetLastWriteTimeUtc(Directory.EnumerateFiles(Root).Single(), DateTime.UtcNow.AddHours(-1));

        await new LocalBlobStore(Root).TryWriteAsync("other", new byte[1], BlobCondition.None, Ends);

        Assert.NotNull(await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends));
    }

    [Fact]
    public async Task ETag_ClockThatStandsOrGoesBack_NeverComesAgain()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var store = new LocalBlobStore(Root, new LocalBlobStoreOptions { Time = clock });
        DateTimeOffset last = DateTimeOffset.MinValue;
        var etags = new HashSet<BlobETag>();
        for (int i = 0; i < 50; i++)
        {
            clock.AdjustTime(clock.GetUtcNow() - TimeSpan.FromSeconds(i % 3));
            Assert.True(etags.Add((await store.TryWriteAsync("a", new byte[1], BlobCondition.None, Ends))!.Value));
            DateTimeOffset modified = (await store.TryGetPropertiesAsync("a", Ends))!.LastModified;
            Assert.True(modified > last, "a file is not later than the one it replaced");
            last = modified;
        }
    }

    [Fact]
    public async Task File_WrittenByAnother_HasAnETagThatChangesWithIt()
    {
        Directory.CreateDirectory(Root);
        await File.WriteAllTextAsync(Path.Combine(Root, "foreign"), "one", Ends);
        var store = new LocalBlobStore(Root);
        BlobContent before = (await store.TryReadAsync("foreign", 100, Ends))!;

        await File.WriteAllTextAsync(Path.Combine(Root, "foreign"), "longer", Ends);

        Assert.Null(await store.TryWriteAsync("foreign", new byte[1], BlobCondition.IfMatch(before.ETag), Ends));
        Assert.Equal(BlobDeletion.Changed, await store.DeleteAsync("foreign", before.ETag, Ends));
    }

    [Fact]
    public async Task Link_OutOfTheStore_IsRefusedAndNotListed()
    {
        Directory.CreateDirectory(Root);
        string outside = Path.Combine(_folder.Path, "outside");
        Directory.CreateDirectory(outside);
        await File.WriteAllTextAsync(Path.Combine(outside, "secret"), "x", Ends);
        Directory.CreateSymbolicLink(Path.Combine(Root, "absolute"), outside);
        Directory.CreateSymbolicLink(Path.Combine(Root, "relative"), Path.Combine("..", "outside"));
        File.CreateSymbolicLink(Path.Combine(Root, "file"), Path.Combine(outside, "secret"));
        var store = new LocalBlobStore(Root);

        foreach (string name in new[] { "absolute/secret", "relative/secret", "file", "absolute/new/file" })
        {
            await RefusesAsync(CheckpointError.InvalidArgument, "leads out of the store", async () => await store.TryReadAsync(name, 10, Ends));
            await RefusesAsync(CheckpointError.InvalidArgument, "leads out of the store", async () =>
                await store.TryWriteAsync(name, new byte[1], BlobCondition.None, Ends));
        }

        Assert.Empty(await store.ListAsync("", Ends).ToListAsync(Ends));
    }

    [Fact]
    public async Task Link_InsideTheStore_IsFollowed_AndNeverInACircle()
    {
        var store = new LocalBlobStore(Root);
        await store.TryWriteAsync("real/a", new byte[3], BlobCondition.None, Ends);
        Directory.CreateSymbolicLink(Path.Combine(Root, "link"), "real");
        Directory.CreateSymbolicLink(Path.Combine(Root, "real", "circle"), Path.Combine("..", "real"));
        File.CreateSymbolicLink(Path.Combine(Root, "self"), "self");

        foreach (LocalBlobStore reader in new[] { store, new LocalBlobStore(Root, new LocalBlobStoreOptions { FollowsLinksOutside = true }) })
        {
            Assert.Equal(["link/a", "real/a"], await reader.ListAsync("", Ends).Select(blob => blob.Name).ToListAsync(Ends));
            Assert.Equal(3, (await reader.TryReadAsync("link/a", 10, Ends))!.Bytes.Length);
        }

        await RefusesAsync(CheckpointError.InvalidArgument, "self", async () => await store.TryReadAsync("self", 10, Ends));
    }

    [Fact]
    public async Task Name_OfAFolderOrBelowAFile_IsRefusedForWritingAndAbsentForReading()
    {
        var store = new LocalBlobStore(Root);
        await store.TryWriteAsync("dir/file", new byte[1], BlobCondition.None, Ends);

        await RefusesAsync(CheckpointError.InvalidArgument, "is a folder", async () =>
            await store.TryWriteAsync("dir", new byte[1], BlobCondition.IfAbsent, Ends));
        await RefusesAsync(CheckpointError.InvalidArgument, "is a file", async () =>
            await store.TryWriteAsync("dir/file/below", new byte[1], BlobCondition.IfAbsent, Ends));
        Assert.Null(await store.TryGetPropertiesAsync("dir", Ends));
        Assert.Null(await store.TryReadAsync("dir", 10, Ends));
        Assert.Null(await store.TryReadAsync("dir/file/below", 10, Ends));
        Assert.Equal(BlobDeletion.Absent, await store.DeleteAsync("dir", null, Ends));
    }

    [Fact]
    public void Root_ThatIsAFile_IsRefused()
    {
        string file = Path.Combine(_folder.Path, "file");
        File.WriteAllText(file, "");

        CheckpointException fault = Assert.Throws<CheckpointException>(() => new LocalBlobStore(file));

        Assert.Equal(CheckpointError.InvalidArgument, fault.Error);
    }

    [Fact]
    public async Task PublishedFile_ReadByOrdinaryPrograms_IsNotLocked()
    {
        var store = new LocalBlobStore(Root);
        await using IBlobUpload upload = await store.BeginUploadAsync("a", Guid.NewGuid(), Ends);
        await upload.StageAsync(0, 0, "text"u8.ToArray(), Ends);
        await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends);

        // The upload still has the file open; ReadAllText asks that nobody writes.
        Assert.Equal("text", await File.ReadAllTextAsync(Path.Combine(Root, "a"), Ends));
    }

    [Fact]
    public async Task Upload_FolderRemovedMeanwhile_IsAborted()
    {
        var store = new LocalBlobStore(Root);
        await using IBlobUpload upload = await store.BeginUploadAsync("dir/a", Guid.NewGuid(), Ends);
        await upload.StageAsync(0, 0, new byte[5], Ends);
        Directory.Delete(Path.Combine(Root, "dir"), recursive: true);

        await RefusesAsync(CheckpointError.Aborted, "removed", async () => await upload.TryCommitAsync(BlobCondition.None, Ends));
    }

    internal static async Task RefusesAsync(CheckpointError error, string words, Func<Task> act)
    {
        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(act);
        Assert.True(fault.Error == error, $"{error} was expected: {fault}");
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }
}
