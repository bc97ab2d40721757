using System.Security.Cryptography;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Storage.Local;
using Cairn.Storage.Memory;
using Cairn.Testing;

namespace Cairn.Format.Tests.Bundles;

/// <summary>The data that TensorFlow wrote: read, checked and copied.</summary>
public sealed class CorpusDataTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => Corpus.Bundles.Count > 0 ? [.. Corpus.Bundles.Keys] : ["none"];

    public static TheoryData<string> Whole =>
        Corpus.Bundles.Count > 0 ? [.. Corpus.Bundles.Where(pair => pair.Value.IsWhole).Select(pair => pair.Key)] : ["none"];

    public static TheoryData<string> Derived => ["slices", "merged3", "multiblock", "hugekey"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ReadAsync_EveryTensorWhoseDataIsThere_HasItsBytes(string name)
    {
        Corpus.Require();
        CorpusBundle bundle = Corpus.Bundles[name];
        BundleReader reader = await BundleReader.OpenAsync(TensorFlow(), new CheckpointPrefix(bundle.Prefix), Token);
        foreach (CorpusTensor expected in bundle.Tensors)
        {
            if (expected.Sha1 is null)
            {
                var missing = await Assert.ThrowsAsync<CheckpointException>(async () => await reader.ReadAsync(expected.Name, Token));
                Assert.Equal(CheckpointError.NotFound, missing.Error);
                Assert.Contains($".data-{expected.Shard:D5}-of-", missing.Message, StringComparison.Ordinal);
                continue;
            }

            TensorValue value = await reader.ReadAsync(expected.Name, Token);

            Assert.Equal(expected.Dtype, value.DType.ShortName());
            Assert.Equal(expected.Shape, value.Shape.Dimensions);
            Assert.Equal(expected.Sha1, Convert.ToHexStringLower(SHA1.HashData(Stored(value))));
        }
    }

    [Theory]
    [MemberData(nameof(Whole))]
    public async Task VerifyAsync_AWholeBundle_FindsNothing(string name)
    {
        Corpus.Require();
        Assert.Empty(await VerifyAsync(TensorFlow(), new CheckpointPrefix(Corpus.Bundles[name].Prefix)));
    }

    [Theory]
    [MemberData(nameof(Derived))]
    public async Task VerifyAsync_ADerivedBundle_FindsNothing(string name) =>
        Assert.Empty(await VerifyAsync(new LocalBlobStore(Corpus.PathOf("derived")), new CheckpointPrefix(name)));

    [Theory]
    [MemberData(nameof(Whole))]
    public async Task CopyAsync_AWholeBundle_GivesTheSameFiles(string name)
    {
        Corpus.Require();
        CorpusBundle bundle = Corpus.Bundles[name];
        var source = new BundleLocation(TensorFlow(), new CheckpointPrefix(bundle.Prefix));
        await AssertCopyAsync(source, indexIsEqual: !bundle.Snappy);
    }

    [Theory]
    [MemberData(nameof(Derived))]
    public async Task CopyAsync_ADerivedBundle_GivesTheSameFiles(string name) =>
        await AssertCopyAsync(new BundleLocation(new LocalBlobStore(Corpus.PathOf("derived")), new CheckpointPrefix(name)), indexIsEqual: true);

    [Fact]
    public void Whole_CountsThirtyNineBundles_ThirtyTwoOfThemRaw()
    {
        Corpus.Require();
        Assert.Equal(39, Whole.Count());
        Assert.Equal(32, Corpus.Bundles.Values.Count(bundle => bundle.IsWhole && !bundle.Snappy));
        Assert.Equal(4, Derived.Count());
    }

    [Theory]
    [MemberData(nameof(Derived))]
    public async Task ReadAsync_EveryDerivedTensor_ReadsInRowsAsInWhole(string name)
    {
        BundleReader reader = await BundleReader.OpenAsync(new LocalBlobStore(Corpus.PathOf("derived")), new CheckpointPrefix(name), Token);
        foreach (BundleTensor tensor in reader.Index.Tensors.Take(200))
        {
            TensorValue whole = await reader.ReadAsync(tensor.Name, Token);
            if (tensor.Shape.Rank == 0)
            {
                continue;
            }

            byte[] rows = new byte[whole.Bytes.Length];
            int rowBytes = tensor.Shape[0] == 0 ? 0 : rows.Length / (int)tensor.Shape[0];
            int half = (int)tensor.Shape[0] / 2;
            await reader.ReadRowsAsync(tensor.Name, 0, half, rows.AsMemory(0, half * rowBytes), Token);
            await reader.ReadRowsAsync(tensor.Name, half, tensor.Shape[0] - half, rows.AsMemory(half * rowBytes), Token);
            Assert.True(whole.Bytes.Span.SequenceEqual(rows), tensor.Name);
        }
    }

    [Theory]
    [InlineData("variables")]
    [InlineData("variables-00000-of-00001")]
    [InlineData("variables-?????-of-00001")]
    public async Task OpenAsync_AV1Checkpoint_IsRefusedAsSuch(string prefix)
    {
        var store = new LocalBlobStore(Corpus.PathOf("negative/v1-half-plus-two-sharded"));

        var refused = await Assert.ThrowsAsync<CheckpointException>(async () => await BundleReader.OpenAsync(store, new CheckpointPrefix(prefix), Token));

        Assert.Equal(CheckpointError.Unsupported, refused.Error);
        Assert.Contains("V1 checkpoint", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AV1Checkpoint_IsRefusedAsSuch()
    {
        byte[] file = File.ReadAllBytes(Corpus.PathOf("negative/v1-half-plus-two-sharded/variables-00000-of-00001"));

        var refused = Assert.Throws<CheckpointException>(() => BundleIndex.Parse(file, "v1"));

        Assert.Equal(CheckpointError.Unsupported, refused.Error);
        Assert.Contains("V1 checkpoint", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyUse_OfAGitLfsPointer_IsRefusedAsSuch()
    {
        var source = new BundleLocation(new LocalBlobStore(Corpus.PathOf("negative/lfs-pointer-data")), new CheckpointPrefix("ckpt-1"));
        BundleReader reader = await BundleReader.OpenAsync(source.Store, source.Prefix, Token);

        foreach (BundleTensor tensor in reader.Index.Tensors)
        {
            AssertPointer(await Assert.ThrowsAsync<CheckpointException>(async () => await reader.ReadAsync(tensor.Name, Token)));
        }

        AssertPointer(await Assert.ThrowsAsync<CheckpointException>(async () =>
            await BundleCopier.CopyAsync(source, new BundleLocation(new MemoryBlobStore(), source.Prefix), options: null, Token)));
        Assert.Contains("git lfs pull", Assert.Single(await VerifyAsync(source.Store, source.Prefix)).Reason, StringComparison.Ordinal);
        byte[] pointer = File.ReadAllBytes(Corpus.PathOf("negative/lfs-pointer-data/ckpt-1.data-00000-of-00001"));
        AssertPointer(Assert.Throws<CheckpointException>(() => BundleIndex.Parse(pointer, "ckpt-1.index")));
    }

    private static void AssertPointer(CheckpointException refused)
    {
        Assert.Equal(CheckpointError.Unsupported, refused.Error);
        Assert.Contains("git lfs pull", refused.Message, StringComparison.Ordinal);
    }

    private static async Task AssertCopyAsync(BundleLocation source, bool indexIsEqual)
    {
        var destination = new BundleLocation(new MemoryBlobStore(), new CheckpointPrefix("copy/of it"));

        BundleIndex index = (await BundleCopier.CopyAsync(source, destination, options: null, Token)).Index;

        IEnumerable<string> data = Enumerable.Range(0, index.ShardCount).Select(shard => new CheckpointPrefix("").DataName(shard, index.ShardCount));
        List<string> extensions = [".index", .. data];
        if (await source.Store.TryGetPropertiesAsync(source.Prefix.MetaName, Token) is not null)
        {
            extensions.Add(".meta");
        }

        foreach (string extension in extensions.Skip(indexIsEqual ? 0 : 1))
        {
            byte[] expected = await ContentAsync(source, extension);
            byte[] actual = await ContentAsync(destination, extension);
            Assert.True(expected.AsSpan().SequenceEqual(actual), extension);
        }

        Assert.Equal(index.ToBytes(), await ContentAsync(destination, ".index"));
        Assert.Equal(extensions.Count, await destination.Store.ListAsync("", Token).CountAsync(Token));
        Assert.Empty(await VerifyAsync(destination.Store, destination.Prefix));
    }

    private static async Task<byte[]> ContentAsync(BundleLocation location, string extension) =>
        (await location.Store.TryReadAsync(location.Prefix.Value + extension, int.MaxValue, Token))!.Bytes.ToArray();

    private static async Task<List<BundleFault>> VerifyAsync(IBlobStore store, CheckpointPrefix prefix) =>
        await BundleVerifier.VerifyAsync(store, prefix, Token).ToListAsync(Token);

    private static byte[] Stored(TensorValue value) =>
        value.DType.IsFixedSize() ? value.Bytes.ToArray() : [.. ElementsCodec.Join(value.DType, value.Elements).Pieces.SelectMany(piece => piece.ToArray())];

    private static LocalBlobStore TensorFlow() => new(Corpus.PathOf("tensorflow"));
}
