using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using Cairn.Format.Tensors;
using Cairn.Storage.Local;
using Cairn.Storage.Memory;
using Cairn.Testing;

namespace Cairn.Format.Tests.Bundles;

/// <summary>Single tensors from far away: the same as from the whole index, and few bytes.</summary>
public sealed class BundleLookupTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => Corpus.Bundles.Count > 0 ? [.. Corpus.Bundles.Keys] : ["none"];

    public static TheoryData<string> Derived => ["slices", "merged3", "multiblock", "hugekey"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task FindAsync_EveryTensorOfTensorFlow_IsThatOfTheIndex(string name)
    {
        Corpus.Require();
        await AssertFindsAsync(new LocalBlobStore(Corpus.PathOf("tensorflow")), new CheckpointPrefix(Corpus.Bundles[name].Prefix), every: 1);
    }

    [Theory]
    [MemberData(nameof(Derived))]
    public async Task FindAsync_TensorsOfDerivedBundles_AreThoseOfTheIndex(string name) =>
        await AssertFindsAsync(new LocalBlobStore(Corpus.PathOf("derived")), new CheckpointPrefix(name), every: name == "multiblock" ? 97 : 1);

    [Fact]
    public async Task ReadAsync_AnyTensor_IsThatOfTheReader()
    {
        var store = new LocalBlobStore(Corpus.PathOf("derived"));
        foreach (string name in new[] { "slices", "merged3" })
        {
            BundleReader reader = await BundleReader.OpenAsync(store, new CheckpointPrefix(name), Token);
            BundleLookup lookup = await BundleLookup.OpenAsync(store, new CheckpointPrefix(name), Token);
            foreach (BundleTensor tensor in reader.Index.Tensors.Where(tensor => !tensor.Name.Contains('\\', StringComparison.Ordinal)))
            {
                TensorValue expected = await reader.ReadAsync(tensor.Name, Token);
                Assert.Equal(expected.Bytes.ToArray(), (await lookup.ReadAsync(tensor.Name, Token)).Bytes.ToArray());
                if (tensor.Shape.Rank > 0 && tensor.Shape[0] > 1)
                {
                    TensorSlice rows = TensorSlice.Rows(tensor.Shape, 1, 1);
                    Assert.Equal(
                        (await reader.ReadAsync(tensor.Name, rows, Token)).Bytes.ToArray(), (await lookup.ReadAsync(tensor.Name, rows, Token)).Bytes.ToArray());
                }
            }
        }
    }

    [Fact]
    public async Task ReadAsync_OfAnIndexOfManyBlocks_FetchesTheFooterTheIndexBlockTheHeadersBlockAndItsOwn()
    {
        MemoryBlobStore store = await MillionsAsync(200_000);
        var counted = new CountingStore(store);

        BundleLookup lookup = await BundleLookup.OpenAsync(counted, new CheckpointPrefix("m"), Token);
        TensorValue value = await lookup.ReadAsync("layer_150000/weights", Token);

        long indexBytes = (await store.TryGetPropertiesAsync("m.index", Token))!.LengthBytes;
        Assert.Equal(4, value.Bytes.Length);
        Assert.True(indexBytes > 5_000_000, $"{indexBytes}");
        (string Name, int Bytes)[] index = [.. counted.Reads.Where(read => read.Name == "m.index")];
        Assert.Equal(4, index.Length); // Footer, index block, the block of the header, the block of the tensor.
        Assert.True(index.Sum(read => read.Bytes) < 3 * 262_144, $"{index.Sum(read => read.Bytes)} bytes");
        Assert.Equal(4, Assert.Single(counted.Reads, read => read.Name.Contains(".data-", StringComparison.Ordinal)).Bytes);

        await lookup.FindAsync("layer_150001/weights", Token);
        Assert.Equal(5, counted.Reads.Count); // A neighbour is in a block that is kept.
    }

    [Fact]
    public async Task ReadAsync_AMissingName_NamesTheNearestOfItsBlock()
    {
        MemoryBlobStore store = await MillionsAsync(100);
        BundleLookup lookup = await BundleLookup.OpenAsync(store, new CheckpointPrefix("m"), Token);

        var missing = await Assert.ThrowsAsync<CheckpointException>(async () => await lookup.ReadAsync("layer_000042/weigths", Token));

        Assert.Equal(CheckpointError.NotFound, missing.Error);
        Assert.Contains("Key layer_000042/weigths not found in checkpoint", missing.Message, StringComparison.Ordinal);
        Assert.Contains("nearest: 'layer_000042/weights'", missing.Message, StringComparison.Ordinal);
        Assert.Null(await lookup.FindAsync("zzz", Token));
        Assert.Null(await lookup.FindAsync("", Token));
    }

    [Fact]
    public async Task OpenAsync_WhatIsNoIndex_IsRefusedAsByTheReader()
    {
        var store = new MemoryBlobStore();
        foreach ((byte[] file, CheckpointError error) in new[]
        {
            (new byte[10], CheckpointError.Corrupt),
            (new byte[100], CheckpointError.Corrupt),
            (new TableWriter().Finish(), CheckpointError.Corrupt),
            ("version https://git-lfs.github.com/spec/v1\n"u8.ToArray(), CheckpointError.Unsupported),
        })
        {
            await store.TryWriteAsync("m.index", file, BlobCondition.None, Token);

            var refused = await Assert.ThrowsAsync<CheckpointException>(async () => await BundleLookup.OpenAsync(store, new CheckpointPrefix("m"), Token));
            Assert.Equal(error, refused.Error);
        }

        await store.DeleteAsync("m.index", null, Token);
        var missing = await Assert.ThrowsAsync<CheckpointException>(async () => await BundleLookup.OpenAsync(store, new CheckpointPrefix("m"), Token));
        Assert.Equal(CheckpointError.NotFound, missing.Error);
    }

    [Fact]
    public async Task FindAsync_WithAnyByteOfTheIndexFlipped_IsTheEntryOrARefusal()
    {
        MemoryBlobStore store = await MillionsAsync(60);
        byte[] file = (await store.TryReadAsync("m.index", int.MaxValue, Token))!.Bytes.ToArray();
        BundleEntry sound = (await (await BundleLookup.OpenAsync(store, new CheckpointPrefix("m"), Token)).FindAsync("layer_000042/weights", Token))!.Entry;
        for (int at = 0; at < file.Length; at++)
        {
            file[at] ^= 0x10;
            await store.TryWriteAsync("m.index", file, BlobCondition.None, Token);
            try
            {
                BundleLookup lookup = await BundleLookup.OpenAsync(store, new CheckpointPrefix("m"), Token);
                BundleTensor? found = await lookup.FindAsync("layer_000042/weights", Token);
                Assert.True(found is not null && found.Entry.Encode().AsSpan().SequenceEqual(sound.Encode()), $"byte {at}");
            }
            catch (CheckpointException refused)
            {
                Assert.True(refused.Error is CheckpointError.Corrupt or CheckpointError.Unsupported, $"byte {at}: {refused.Message}");
            }

            file[at] ^= 0x10;
        }
    }

    private static async Task AssertFindsAsync(IBlobStore store, CheckpointPrefix prefix, int every)
    {
        BundleIndex index = await BundleIndex.ReadAsync(store, prefix, Token);
        BundleLookup lookup = await BundleLookup.OpenAsync(store, prefix, Token);

        Assert.Equal(index.Header.Encode(), lookup.Header.Encode());
        foreach (BundleTensor tensor in index.Tensors.Where((tensor, i) => i % every == 0 && !tensor.Name.Contains('\\', StringComparison.Ordinal)))
        {
            BundleTensor? found = await lookup.FindAsync(tensor.Name, Token);
            Assert.NotNull(found);
            Assert.Equal(tensor.Parts.Select(part => part.ToString()), found.Parts.Select(part => part.ToString()));
            Assert.Equal(tensor.Parts.Select(part => part.Entry.Data), found.Parts.Select(part => part.Entry.Data));
            Assert.Equal(tensor.Entry.Encode(), found.Entry.Encode());
        }
    }

    private static async Task<MemoryBlobStore> MillionsAsync(int count)
    {
        var store = new MemoryBlobStore();
        var index = new BundleIndexWriter();
        byte[] data = new byte[4 * count];
        uint crc = Crc32C.Append(0, data.AsSpan(0, 4));
        for (int i = 0; i < count; i++)
        {
            index.AddTensor($"layer_{i:D6}/weights", TensorDType.Float, TensorShape.Scalar, DataRange.Of(0, 4 * i, 4, crc));
        }

        await store.TryWriteAsync("m.data-00000-of-00001", data, BlobCondition.None, Token);
        await store.TryWriteAsync("m.index", index.ToBytes(1), BlobCondition.None, Token);
        return store;
    }

    private sealed class CountingStore(IBlobStore store) : IBlobStore
    {
        public List<(string Name, int Bytes)> Reads { get; } = [];

        public string Address => store.Address;

        public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) =>
            store.TryGetPropertiesAsync(name, cancellationToken);

        public ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken)
        {
            Reads.Add((name, destination.Length));
            return store.ReadAsync(name, offsetBytes, destination, expected, cancellationToken);
        }

        public ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<BlobETag?> TryCopyAsync(
            string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
