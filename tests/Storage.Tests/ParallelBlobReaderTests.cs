using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.Memory;
using Cairn.Testing.Faults;

namespace Cairn.Storage.Tests;

public sealed class ParallelBlobReaderTests
{
    private static readonly byte[] Bytes = Pattern((2 * ParallelBlobReader.PartBytes) + 1000);

    private readonly MemoryBlobStore _store = new();

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(7, 100, 1)]
    [InlineData(3, ParallelBlobReader.PartBytes, 1)]
    [InlineData(3, ParallelBlobReader.PartBytes + 1, 2)]
    [InlineData(5, (2 * ParallelBlobReader.PartBytes) + 10, 3)]
    public async Task Read_AnyLength_FillsAllOfItInParts(int offsetBytes, int lengthBytes, int parts)
    {
        BlobETag etag = await WriteAsync();
        var counting = new FaultInjectingBlobStore(_store, 1, FaultMode.None);
        byte[] range = new byte[lengthBytes];

        await counting.ReadInPartsAsync("a", offsetBytes, range, etag, TestContext.Current.CancellationToken);

        Assert.True(Bytes.AsSpan(offsetBytes, lengthBytes).SequenceEqual(range));
        Assert.Equal(parts, counting.Count);
    }

    [Fact]
    public async Task Read_OnePartFails_FailsWhole()
    {
        BlobETag etag = await WriteAsync();
        var failing = new FaultInjectingBlobStore(_store, 2, FaultMode.FailBefore);

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(async () =>
            await failing.ReadInPartsAsync("a", 0, new byte[Bytes.Length], etag, TestContext.Current.CancellationToken));

        Assert.Equal(CheckpointError.StoreUnavailable, fault.Error);
    }

    private static byte[] Pattern(int lengthBytes)
    {
        byte[] bytes = new byte[lengthBytes];
        new Random(11).NextBytes(bytes);
        return bytes;
    }

    private async Task<BlobETag> WriteAsync() => (await _store.TryWriteAsync("a", Bytes, BlobCondition.None, TestContext.Current.CancellationToken))!.Value;
}
