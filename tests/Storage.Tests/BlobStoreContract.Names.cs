using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Storage.Tests;

// Names and listing.
public abstract partial class BlobStoreContract
{
    public static TheoryData<string> BadNames => new()
    {
        "", "/", "/etc/passwd", "..", "../a", "a/..", "a/../b", ".", "./a", "a/./b", "a//b", "a/",
        "a\\b", "..\\a", "a\0b", "a\nb", "a\u007Fb", "\uD800", "a\uDC00",
        ".cairn-tmp-1", "a/.cairn-lock", new string('x', 255), string.Join('/', Enumerable.Repeat("12345678", 120)),
    };

    public static TheoryData<string> GoodNames => new()
    {
        ".index", "a/.index", ".cairn.json", "model.ckpt-1000.data-00000-of-00002", "_cairn/models/ranker", "...", "..a", "a..",
        "with space/and%2Fpercent/and+plus#hash?q=1&x",
        "gr\u00FC\u00DFe/\u65E5\u672C/\U0001F600", new string('x', 254), string.Join('/', Enumerable.Repeat("1234567", 128)),
    };

    /// <summary>The longest name; less for a store that adds to it.</summary>
    protected virtual int NameLengthMax => BlobName.LengthMax;

    [Theory]
    [MemberData(nameof(BadNames))]
    public async Task Name_Bad_IsRefusedByEveryOperation(string name)
    {
        BlobETag etag = await WriteAsync("good", "x");

        await RefusesNameAsync(async () => await Store.TryGetPropertiesAsync(name, Ends));
        await RefusesNameAsync(async () => await Store.TryReadAsync(name, 1, Ends));
        await RefusesNameAsync(async () => await Store.ReadAsync(name, 0, new byte[1], null, Ends));
        await RefusesNameAsync(async () => await Store.TryWriteAsync(name, new byte[1], BlobCondition.None, Ends));
        await RefusesNameAsync(async () => await Store.BeginUploadAsync(name, Guid.NewGuid(), Ends));
        await RefusesNameAsync(async () => await Store.TryCopyAsync(name, etag, "b", BlobCondition.None, Ends));
        await RefusesNameAsync(async () => await Store.TryCopyAsync("good", etag, name, BlobCondition.None, Ends));
        await RefusesNameAsync(async () => await Store.DeleteAsync(name, null, Ends));
        Assert.Equal(["good"], await ListAsync(""));
    }

    [Theory]
    [MemberData(nameof(GoodNames))]
    public async Task Name_Good_IsWrittenListedReadCopiedAndDeleted(string name)
    {
        if (name.Length > NameLengthMax)
        {
            name = name[^NameLengthMax..].TrimStart('/');
        }

        BlobETag etag = await WriteAsync(name, "text");

        Assert.Equal([name], await ListAsync(""));
        Assert.Equal([name], await ListAsync(name));
        Assert.Equal(("text", etag), await ReadTextAsync(name));
        Assert.NotNull(await Store.TryCopyAsync(name, etag, "copy", BlobCondition.IfAbsent, Ends));
        Assert.Equal(BlobDeletion.Deleted, await Store.DeleteAsync(name, etag, Ends));
    }

    [Fact]
    public async Task List_IsInOrdinalOrderOfWholeNames()
    {
        string[] names = ["B", "a", "a-1", "b.c/d", "b/c", "b/c.d", "b/d/e", "b0", "m.data-00000-of-00010", "m.data-00001-of-00010", "m.index", "\u00E9"];
        foreach (string name in names.Reverse())
        {
            await WriteAsync(name, name);
        }

        Assert.Equal(names.Order(StringComparer.Ordinal), await ListAsync(""));
    }

    [Theory]
    [InlineData("dir/", "dir/.index,dir/model.index,dir/sub/x")]
    [InlineData("dir", "dir/.index,dir/model.index,dir/sub/x,directory")]
    [InlineData("dir/m", "dir/model.index")]
    [InlineData("dir/s", "dir/sub/x")]
    [InlineData("dir/sub/x", "dir/sub/x")]
    [InlineData("dir/sub/x/", "")]
    [InlineData("none/", "")]
    public async Task List_Prefix_MayEndAnywhere(string prefix, string expected)
    {
        foreach (string name in new[] { "dir/model.index", "dir/.index", "dir/sub/x", "directory", "other" })
        {
            await WriteAsync(name, name);
        }

        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), await ListAsync(prefix));
    }

    [Theory]
    [InlineData("../")]
    [InlineData("/")]
    [InlineData("a/../b")]
    [InlineData("a\\")]
    public async Task List_BadPrefix_IsRefused(string prefix) => await RefusesNameAsync(async () => await ListAsync(prefix));

    [Fact]
    public async Task List_EmptyStore_IsEmpty() => Assert.Empty(await ListAsync(""));

    [Fact]
    public async Task List_GivesTheProperties()
    {
        BlobETag etag = await WriteAsync("dir/a", "12345");

        BlobProperties blob = await Store.ListAsync("dir/", Ends).SingleAsync(Ends);

        Assert.Equal(await Store.TryGetPropertiesAsync("dir/a", Ends), blob);
        Assert.Equal(("dir/a", 5L, etag), (blob.Name, blob.LengthBytes, blob.ETag));
    }

    private static Task<CheckpointException> RefusesNameAsync(Func<Task> act) => RefusesAsync(CheckpointError.InvalidArgument, "'", act);
}
