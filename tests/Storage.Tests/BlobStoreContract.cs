using System.Text;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Storage.Tests;

/// <summary>The promises of <see cref="IBlobStore"/>. Every store inherits them; what is not here is not promised.</summary>
public abstract partial class BlobStoreContract
{
    /// <summary>Ends a test that hangs.</summary>
    protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _deadline = new(Deadline);

    protected CancellationToken Ends => _deadline.Token;

    /// <summary>An empty store of this test.</summary>
    protected abstract IBlobStore Store { get; }

    /// <summary>A second store over the same blobs, as another process would open it.</summary>
    protected abstract IBlobStore SecondStore { get; }

    /// <summary>How many writers race; fewer where each call crosses a network.</summary>
    protected virtual int Writers => 8;

    [Fact]
    public async Task Properties_NoSuchBlob_AreNull()
    {
        Assert.Null(await Store.TryGetPropertiesAsync("model/none", Ends));
        Assert.Null(await Store.TryReadAsync("model/none", 100, Ends));
        await RefusesAsync(CheckpointError.NotFound, "none", async () => await Store.ReadAsync("model/none", 0, new byte[1], null, Ends));
    }

    [Fact]
    public async Task Write_Returned_IsReadBackWithItsETag()
    {
        BlobETag etag = await WriteAsync("model/a.index", "hello");

        BlobContent content = (await SecondStore.TryReadAsync("model/a.index", 5, Ends))!;
        BlobProperties properties = (await SecondStore.TryGetPropertiesAsync("model/a.index", Ends))!;

        Assert.Equal("hello", Encoding.UTF8.GetString(content.Bytes.Span));
        Assert.Equal(etag, content.ETag);
        Assert.Equal(("model/a.index", 5L, etag), (properties.Name, properties.LengthBytes, properties.ETag));
        Assert.InRange(properties.LastModified, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
    }

    [Fact]
    public async Task Write_EqualBytesAgain_MakesANewETag()
    {
        var etags = new HashSet<BlobETag>();
        for (int i = 0; i < 20; i++)
        {
            Assert.True(etags.Add(await WriteAsync("same", "bytes")), "an ETag came back");
        }
    }

    [Fact]
    public async Task Write_AfterDeletion_MakesANewETag()
    {
        BlobETag before = await WriteAsync("again", "bytes");
        await Store.DeleteAsync("again", null, Ends);

        Assert.NotEqual(before, await WriteAsync("again", "bytes"));
    }

    [Fact]
    public async Task Write_IfAbsentOfAStandingBlob_IsRefusedAndChangesNothing()
    {
        BlobETag first = await WriteAsync("a", "first");

        Assert.Null(await Store.TryWriteAsync("a", "second"u8.ToArray(), BlobCondition.IfAbsent, Ends));
        Assert.Equal(("first", first), await ReadTextAsync("a"));
    }

    [Fact]
    public async Task Write_IfMatchOfAnOlderWriting_IsRefusedAndChangesNothing()
    {
        BlobETag first = await WriteAsync("a", "first");
        BlobETag second = (await Store.TryWriteAsync("a", "second"u8.ToArray(), BlobCondition.IfMatch(first), Ends))!.Value;

        Assert.Null(await Store.TryWriteAsync("a", "third"u8.ToArray(), BlobCondition.IfMatch(first), Ends));
        Assert.Equal(("second", second), await ReadTextAsync("a"));
    }

    [Fact]
    public async Task Write_IfMatchOfAnAbsentBlob_IsRefused()
    {
        BlobETag gone = await WriteAsync("a", "first");
        await Store.DeleteAsync("a", null, Ends);

        Assert.Null(await Store.TryWriteAsync("a", "second"u8.ToArray(), BlobCondition.IfMatch(gone), Ends));
        Assert.Null(await Store.TryGetPropertiesAsync("a", Ends));
    }

    [Fact]
    public async Task Write_Empty_IsABlob()
    {
        BlobETag etag = (await Store.TryWriteAsync("empty", ReadOnlyMemory<byte>.Empty, BlobCondition.IfAbsent, Ends))!.Value;

        Assert.Equal(("", etag), await ReadTextAsync("empty"));
        await Store.ReadAsync("empty", 0, Memory<byte>.Empty, etag, Ends);
        await RefusesAsync(CheckpointError.Corrupt, "empty", async () => await Store.ReadAsync("empty", 0, new byte[1], null, Ends));
    }

    [Fact]
    public async Task Read_Range_FillsAllOfIt()
    {
        byte[] bytes = Pattern(100_000, seed: 1);
        await Store.TryWriteAsync("range", bytes, BlobCondition.None, Ends);

        byte[] middle = new byte[70_000];
        await Store.ReadAsync("range", 12_345, middle, null, Ends);
        byte[] last = new byte[1];
        await Store.ReadAsync("range", 99_999, last, null, Ends);

        Assert.Equal(bytes[12_345..82_345], middle);
        Assert.Equal(bytes[^1], last[0]);
    }

    [Theory]
    [InlineData(0, 11)]
    [InlineData(9, 2)]
    [InlineData(10, 1)]
    [InlineData(11, 0)]
    [InlineData(1L << 40, 1)]
    public async Task Read_PastTheEnd_IsCorrupt(long offsetBytes, int lengthBytes)
    {
        await WriteAsync("short", "0123456789");

        await RefusesAsync(CheckpointError.Corrupt, "short", async () => await Store.ReadAsync("short", offsetBytes, new byte[lengthBytes], null, Ends));
    }

    [Fact]
    public async Task Read_NegativeOffset_IsRefused()
    {
        await WriteAsync("a", "0123456789");

        await RefusesAsync(CheckpointError.InvalidArgument, "-1", async () => await Store.ReadAsync("a", -1, new byte[1], null, Ends));
    }

    [Fact]
    public async Task Read_OfAnotherWritingThanExpected_IsSuperseded()
    {
        BlobETag first = await WriteAsync("a", "first");
        await Store.ReadAsync("a", 0, new byte[5], first, Ends);
        await WriteAsync("a", "other");

        await RefusesAsync(CheckpointError.Superseded, "a'", async () => await Store.ReadAsync("a", 0, new byte[5], first, Ends));
        await RefusesAsync(CheckpointError.Superseded, "a'", async () => await Store.ReadAsync("a", 0, Memory<byte>.Empty, first, Ends));
    }

    [Fact]
    public async Task Read_OfADeletedWriting_IsNotFound()
    {
        BlobETag etag = await WriteAsync("a", "first");
        await Store.DeleteAsync("a", null, Ends);

        await RefusesAsync(CheckpointError.NotFound, "a'", async () => await Store.ReadAsync("a", 0, new byte[5], etag, Ends));
        await RefusesAsync(CheckpointError.NotFound, "a'", async () => await Store.TryCopyAsync("a", etag, "b", BlobCondition.None, Ends));
    }

    [Fact]
    public async Task Operation_CancelledBefore_DoesNothing()
    {
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.TryWriteAsync("a", new byte[1], BlobCondition.None, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.TryReadAsync("a", 1, cancelled));
        Assert.Null(await Store.TryGetPropertiesAsync("a", Ends));
    }

    [Fact]
    public async Task Read_WholeBlobLongerThanAllowed_IsRefused()
    {
        await WriteAsync("long", "0123456789");

        await RefusesAsync(CheckpointError.LimitExceeded, "long'", async () => await Store.TryReadAsync("long", 9, Ends));
    }

    [Fact]
    public async Task Delete_ComparesTheETag()
    {
        BlobETag first = await WriteAsync("a", "first");
        BlobETag second = await WriteAsync("a", "second");

        Assert.Equal(BlobDeletion.Changed, await Store.DeleteAsync("a", first, Ends));
        Assert.Equal(("second", second), await ReadTextAsync("a"));
        Assert.Equal(BlobDeletion.Deleted, await Store.DeleteAsync("a", second, Ends));
        Assert.Equal(BlobDeletion.Absent, await Store.DeleteAsync("a", second, Ends));
        Assert.Equal(BlobDeletion.Absent, await Store.DeleteAsync("never/was", null, Ends));
    }

    [Fact]
    public async Task Copy_OfTheExpectedWriting_IsABlobOfItsOwn()
    {
        byte[] bytes = Pattern(300_000, seed: 2);
        BlobETag source = (await Store.TryWriteAsync("from/a", bytes, BlobCondition.None, Ends))!.Value;

        BlobETag copy = (await Store.TryCopyAsync("from/a", source, "to/b", BlobCondition.IfAbsent, Ends))!.Value;
        await WriteAsync("from/a", "changed");

        BlobContent content = (await Store.TryReadAsync("to/b", bytes.Length, Ends))!;
        Assert.Equal(bytes, content.Bytes.ToArray());
        Assert.Equal(copy, content.ETag);
        Assert.NotEqual(source, copy);
    }

    [Fact]
    public async Task Copy_ConditionsOfBothEnds_Hold()
    {
        BlobETag source = await WriteAsync("a", "source");
        BlobETag destination = await WriteAsync("b", "destination");

        Assert.Null(await Store.TryCopyAsync("a", source, "b", BlobCondition.IfAbsent, Ends));
        Assert.Null(await Store.TryCopyAsync("a", source, "b", BlobCondition.IfMatch(source), Ends));
        await RefusesAsync(CheckpointError.Superseded, "a'", async () => await Store.TryCopyAsync("a", destination, "c", BlobCondition.None, Ends));
        await RefusesAsync(CheckpointError.NotFound, "none'", async () => await Store.TryCopyAsync("none", source, "c", BlobCondition.None, Ends));
        Assert.Equal(("destination", destination), await ReadTextAsync("b"));
        Assert.Null(await Store.TryGetPropertiesAsync("c", Ends));

        Assert.NotNull(await Store.TryCopyAsync("a", source, "b", BlobCondition.IfMatch(destination), Ends));
        Assert.Equal("source", (await ReadTextAsync("b")).Text);
    }

    [Fact]
    public async Task Copy_OntoItself_IsANewWriting()
    {
        BlobETag etag = await WriteAsync("a", "source");

        BlobETag? copy = await Store.TryCopyAsync("a", etag, "a", BlobCondition.IfMatch(etag), Ends);

        Assert.NotNull(copy);
        Assert.NotEqual(etag, copy);
        Assert.Equal(("source", copy.Value), await ReadTextAsync("a"));
    }

    protected static byte[] Pattern(int lengthBytes, int seed)
    {
        byte[] bytes = new byte[lengthBytes];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    protected static async Task<CheckpointException> RefusesAsync(CheckpointError error, string named, Func<Task> act)
    {
        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(act);
        Assert.True(fault.Error == error, $"{error} was expected: {fault}");
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        return fault;
    }

    protected async Task<BlobETag> WriteAsync(string name, string text) =>
        (await Store.TryWriteAsync(name, Encoding.UTF8.GetBytes(text), BlobCondition.None, Ends))!.Value;

    protected async Task<(string Text, BlobETag ETag)> ReadTextAsync(string name)
    {
        BlobContent content = (await Store.TryReadAsync(name, 1 << 20, Ends))!;
        return (Encoding.UTF8.GetString(content.Bytes.Span), content.ETag);
    }

    protected async Task<List<string>> ListAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (BlobProperties blob in Store.ListAsync(prefix, Ends))
        {
            names.Add(blob.Name);
        }

        return names;
    }
}
