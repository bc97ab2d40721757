using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Storage.Local;
using Cairn.Storage.Memory;
using Cairn.Testing;

namespace Cairn.Format.Tests.Bundles;

/// <summary>One changed byte anywhere in a bundle is found.</summary>
public sealed class FlippedByteTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly CheckpointPrefix Prefix = new("b");

    [Fact]
    public async Task VerifyAsync_AnyByteOfABundleOfAllKinds_IsFound() => await AssertEveryByteCountsAsync(await AllKindsAsync(), shardCount: 2);

    [Theory]
    [InlineData("tf150rc1-counter")]
    [InlineData("tf110rc2-half-plus-two")]
    [InlineData("sonnet-sum-2shard")]
    [InlineData("snappy-serving-half-plus-two-cpu")]
    public async Task VerifyAsync_AnyByteOfABundleOfTensorFlow_IsFound(string name)
    {
        Corpus.Require();
        CorpusBundle bundle = Corpus.Bundles[name];
        await AssertEveryByteCountsAsync(
            await CopyOfAsync(new LocalBlobStore(Corpus.PathOf("tensorflow")), new CheckpointPrefix(bundle.Prefix), bundle.NumShards), bundle.NumShards);
    }

    [Fact]
    public async Task VerifyAsync_AnyByteOfDerivedSlices_IsFound() =>
        await AssertEveryByteCountsAsync(await CopyOfAsync(new LocalBlobStore(Corpus.PathOf("derived")), new CheckpointPrefix("merged3"), 3), shardCount: 3);

    [Theory]
    [InlineData(1)]
    [InlineData(5_000)]
    public async Task VerifyAsync_BytesAfterTheLastTensor_AreFound(int count)
    {
        MemoryBlobStore store = await AllKindsAsync();
        byte[] data = (await store.TryReadAsync(Prefix.DataName(1, 2), int.MaxValue, Token))!.Bytes.ToArray();
        await store.TryWriteAsync(Prefix.DataName(1, 2), (byte[])[.. data, .. new byte[count]], default, Token);

        BundleFault fault = Assert.Single(await BundleVerifier.VerifyAsync(store, Prefix, Token).ToListAsync(Token));

        Assert.InRange(fault.OffsetBytes, 1, data.Length);
        Assert.Contains($"to {data.Length + count} belong to no tensor", fault.Reason, StringComparison.Ordinal);
    }

    private static async Task AssertEveryByteCountsAsync(MemoryBlobStore store, int shardCount)
    {
        Assert.Empty(await BundleVerifier.VerifyAsync(store, Prefix, Token).ToListAsync(Token));
        foreach (string name in Enumerable.Range(0, shardCount).Select(shard => Prefix.DataName(shard, shardCount)).Prepend(Prefix.IndexName))
        {
            byte[] file = (await store.TryReadAsync(name, int.MaxValue, Token))!.Bytes.ToArray();
            for (int at = 0; at < file.Length; at++)
            {
                foreach (byte mask in new byte[] { 0x01, 0x80, 0xFF })
                {
                    file[at] ^= mask;
                    await store.TryWriteAsync(name, file, default, Token);
                    List<BundleFault> faults = await FaultsAsync(store);
                    bool isPlaced = name == Prefix.IndexName || faults.All(fault => fault.File.EndsWith(name, StringComparison.Ordinal));
                    Assert.True(faults.Count > 0 && isPlaced, $"{name}: byte {at} xor {mask:x2}");
                    file[at] ^= mask;
                }
            }

            await store.TryWriteAsync(name, file, default, Token);
        }
    }

    // A damaged index may look like another kind of file; saying that is finding it.
    private static async Task<List<BundleFault>> FaultsAsync(MemoryBlobStore store)
    {
        try
        {
            return await BundleVerifier.VerifyAsync(store, Prefix, Token).ToListAsync(Token);
        }
        catch (CheckpointException refused) when (refused.Error == CheckpointError.Unsupported)
        {
            return [new BundleFault(Prefix.IndexName, 0, null, refused.Message)];
        }
    }

    private static async Task<MemoryBlobStore> CopyOfAsync(LocalBlobStore source, CheckpointPrefix prefix, int shardCount)
    {
        var store = new MemoryBlobStore();
        await store.TryWriteAsync(Prefix.IndexName, (await source.TryReadAsync(prefix.IndexName, int.MaxValue, Token))!.Bytes, default, Token);
        for (int shard = 0; shard < shardCount; shard++)
        {
            ReadOnlyMemory<byte> data = (await source.TryReadAsync(prefix.DataName(shard, shardCount), int.MaxValue, Token))!.Bytes;
            await store.TryWriteAsync(Prefix.DataName(shard, shardCount), data, default, Token);
        }

        return store;
    }

    private static async Task<MemoryBlobStore> AllKindsAsync()
    {
        var store = new MemoryBlobStore();
        var shape = new TensorShape(3, 2);
        await using BundleWriter writer = await BundleWriter.CreateAsync(
            store, Prefix, new BundleWriterOptions { ShardCount = 2, DataAlignmentBytes = 16 }, Token);
        await writer.AddAsync("numbers", TensorValue.Of(new TensorShape(3), 1f, 2f, 3f), Token);
        await writer.AddAsync("none", TensorValue.Of<double>(new TensorShape(0, 3)), Token);
        await writer.AddAsync("no strings", TensorValue.OfStrings(new TensorShape(0)), Token);
        await writer.AddAsync("strings", TensorValue.OfStrings(new TensorShape(4), "", "a", "", new string('x', 200)), Token);
        await writer.AddAsync(new BundleItem("variants", TensorDType.Variant, new TensorShape(2)) { ShardIndex = 1 }, Variants(), Token);
        await writer.AddAsync(
            new BundleItem("w", TensorDType.Int16, shape) { Slice = TensorSlice.Rows(shape, 0, 2) },
            TensorValue.Of<short>(new TensorShape(2, 2), 1, 2, 3, 4), Token);
        await writer.AddAsync(
            new BundleItem("w", TensorDType.Int16, shape) { Slice = TensorSlice.Rows(shape, 2, 1), ShardIndex = 1 },
            TensorValue.Of<short>(new TensorShape(1, 2), 5, 6), Token);
        await writer.FinishAsync(Token);
        return store;
    }

    private static TensorValue Variants() =>
        TensorValue.FromElements(TensorDType.Variant, new TensorShape(2), ["\x0a\x01t"u8.ToArray(), ReadOnlyMemory<byte>.Empty]);
}
