using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;

namespace Cairn.Format.Tests.Rewriting;

/// <summary>Checkpoints made of other checkpoints' tensors.</summary>
public sealed class BundleRewriterTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly SmallCheckpoint _small = new();

    [Fact]
    public async Task WriteAsync_TheSameTensors_AreTheSameFiles()
    {
        TensorSource[] tensors = await _small.WriteAsync(
            "a", ("b", Numbers(5)), ("c", TensorValue.OfStrings(new TensorShape(2), "x", "yz")), ("d", Numbers(0)), ("é", Numbers(1)));

        await BundleRewriter.WriteAsync(tensors, _small.At("copy"), null, Token);

        foreach (string extension in (string[])[".index", ".data-00000-of-00001"])
        {
            Assert.Equal(await FileAsync("a" + extension), await FileAsync("copy" + extension));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task WriteAsync_InSlicesAndFiles_ReadsBackWhole_AndCutAgain(int partitions)
    {
        var matrix = TensorValue.Of(new TensorShape(7, 2), [.. Enumerable.Range(0, 14)]);
        TensorValue words = TensorValue.OfStrings(new TensorShape(7), Enumerable.Range(0, 7).Select(n => $"w{n}"));
        TensorSource[] tensors = await _small.WriteAsync("a", ("m", matrix), ("w", words));
        RewriteOptions cut = new() { ShardCount = 3, PartitionsOf = _ => partitions };

        await BundleRewriter.WriteAsync(tensors, _small.At("cut"), cut, Token);
        await BundleRewriter.WriteAsync(await _small.SourcesAsync("cut"), _small.At("kept"), null, Token);
        await BundleRewriter.WriteAsync(await _small.SourcesAsync("kept"), _small.At("again"), new RewriteOptions { PartitionsOf = _ => 2 }, Token);
        await BundleRewriter.WriteAsync(await _small.SourcesAsync("again"), _small.At("whole"), new RewriteOptions { PartitionsOf = _ => 1 }, Token);

        Assert.Equal([partitions, partitions], (await _small.OpenAsync("kept")).Index.Tensors.Select(tensor => tensor.Parts.Length));
        Assert.Equal([2, 2], (await _small.OpenAsync("again")).Index.Tensors.Select(tensor => tensor.Parts.Length));
        foreach (string prefix in (string[])["cut", "kept", "again", "whole"])
        {
            Assert.Empty(await BundleVerifier.VerifyAsync(_small.Store, new CheckpointPrefix(prefix), Token).ToListAsync(Token));
            Assert.Equal(matrix.ToArray<int>(), await _small.ReadAsync<int>(prefix, "m"));
            Assert.Equal(words.ToStrings(), (await (await _small.OpenAsync(prefix)).ReadAsync("w", Token)).ToStrings());
        }

        Assert.Equal(await FileAsync("a.data-00000-of-00001"), await FileAsync("whole.data-00000-of-00001"));
        Assert.Equal(await FileAsync("a.index"), await FileAsync("whole.index"));
    }

    [Fact]
    public async Task WriteAsync_FixedSizePartitions_HaveTheLongerSlicesFirst()
    {
        TensorSource[] tensors = await _small.WriteAsync("a", ("m", Numbers(10)));

        await BundleRewriter.WriteAsync(tensors, _small.At("cut"), new RewriteOptions { PartitionsOf = _ => 4 }, Token);

        Assert.Equal(["0,3", "3,3", "6,2", "8,2"], (await _small.OpenAsync("cut")).Index.Get("m").Parts.Select(part => $"{part.Slice}"));
    }

    [Fact]
    public async Task WriteAsync_TensorsCutAlongColumns_JoinsThem()
    {
        TensorShape full = new(3, 4);
        await using (BundleWriter writer = await BundleWriter.CreateAsync(_small.Store, new CheckpointPrefix("a"), null, Token))
        {
            foreach (int column in (int[])[0, 2])
            {
                BundleItem item = new("m", TensorDType.Int32, full) { Slice = new TensorSlice([new SliceExtent(0, 3), new SliceExtent(column, 2)]) };
                await writer.AddAsync(item, TensorValue.Of(new TensorShape(3, 2), [.. Enumerable.Range(0, 6).Select(i => (i / 2 * 4) + column + (i % 2))]), Token);
            }

            await writer.FinishAsync(Token);
        }

        await BundleRewriter.WriteAsync(await _small.SourcesAsync("a"), _small.At("whole"), new RewriteOptions { PartitionsOf = _ => 3 }, Token);

        Assert.Equal(Enumerable.Range(0, 12), await _small.ReadAsync<int>("whole", "m"));
    }

    [Fact]
    public async Task WriteAsync_CastTensors_HaveTheNewType()
    {
        TensorSource[] tensors = await _small.WriteAsync("a", ("v", Floats([.. Enumerable.Range(0, 100_000).Select(i => i / 7f)])));

        await BundleRewriter.WriteAsync([tensors[0].CastTo(TensorDType.Half)], _small.At("half"), null, Token);

        Assert.Equal(Enumerable.Range(0, 100_000).Select(i => (Half)(i / 7f)), await _small.ReadAsync<Half>("half", "v"));
    }

    [Fact]
    public async Task WriteAsync_ACastThatDoesNotFit_NamesElementAndValue_AndWritesNothing()
    {
        TensorSource[] tensors = await _small.WriteAsync("a", ("v", Floats(1f, 300f, 2f)));

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(
            () => BundleRewriter.WriteAsync([tensors[0].CastTo(TensorDType.UInt8)], _small.At("b"), null, Token).AsTask());

        Assert.Equal(CheckpointError.InvalidArgument, fault.Error);
        Assert.Contains("Element 1 of 'v float [3]' is 300.0", fault.Message, StringComparison.Ordinal);
        Assert.Empty(await _small.Store.ListAsync("b", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task WriteAsync_ADamagedTensor_IsFound_AndNothingIsWritten()
    {
        TensorSource[] tensors = await _small.WriteAsync("a", ("v", Numbers(100)));
        byte[] data = await FileAsync("a.data-00000-of-00001");
        data[^1] ^= 1;
        await _small.Store.TryWriteAsync("a.data-00000-of-00001", data, default, Token);

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => BundleRewriter.WriteAsync(tensors, _small.At("b"), null, Token).AsTask());

        Assert.Equal(CheckpointError.Corrupt, fault.Error);
        Assert.Empty(await _small.Store.ListAsync("b", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task WriteAsync_OverACheckpointWithMetaAndSidecar_TakesTheseAway()
    {
        TensorSource[] tensors = await _small.WriteAsync("a", ("v", Numbers(1)));
        await _small.WriteAsync("b", ("w", Numbers(2)));
        foreach (string extension in (string[])[".meta", ".cairn.json"])
        {
            await _small.Store.TryWriteAsync("b" + extension, new byte[] { 1 }, default, Token);
        }

        await BundleRewriter.WriteAsync(tensors, _small.At("b"), new RewriteOptions { Overwrite = true }, Token);

        Assert.Equal(["b.data-00000-of-00001", "b.index"], (await _small.Store.ListAsync("b", Token).ToListAsync(Token)).Select(blob => blob.Name));
    }

    [Fact]
    public async Task WriteAsync_WithAMetaSource_BringsItAlong()
    {
        TensorSource[] tensors = await _small.WriteAsync("a", ("v", Numbers(1)));
        await _small.Store.TryWriteAsync("a.meta", "graph"u8.ToArray(), default, Token);

        await BundleRewriter.WriteAsync(tensors, _small.At("b"), new RewriteOptions { MetaSource = _small.At("a") }, Token);

        Assert.Equal("graph"u8.ToArray(), await FileAsync("b.meta"));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(5000, null)]
    [InlineData(1, 4)]
    public async Task WriteAsync_OptionsThatDoNotFit_AreRefused(int shardCount, int? partitions)
    {
        TensorSource[] tensors = await _small.WriteAsync("a", ("v", Numbers(3)));
        RewriteOptions options = new() { ShardCount = shardCount, PartitionsOf = _ => partitions };

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => BundleRewriter.WriteAsync(tensors, _small.At("b"), options, Token).AsTask());

        Assert.Equal(CheckpointError.InvalidArgument, fault.Error);
    }

    [Fact]
    public async Task Apply_Selection_TakesRenamesAndRefusesWhatMatchesNothing()
    {
        TensorSource[] tensors = await _small.WriteAsync("a", ("t/x", Numbers(1)), ("t/x/Adam", Numbers(1)), ("u", Numbers(1)));
        TensorSelection selection = new()
        {
            Exclude = [new NameGlob("*/Adam")],
            Renames = [NameRule.Exact("u", "v"), NameRule.Replacing("^t/(.)", "tower/$1_1")],
        };

        Assert.Equal(["tower/x_1", "v"], selection.Apply(tensors).Select(tensor => tensor.Name));
        AssertRefused(new TensorSelection { Include = [new NameGlob("x*")] }, "'x*' matches no tensor");
        AssertRefused(new TensorSelection { Renames = [NameRule.Exact("uu", "v")] }, "'uu' matches no tensor");
        AssertRefused(new TensorSelection { Exclude = [new NameGlob("*")] }, "none is left");
        AssertRefused(new TensorSelection { Renames = [NameRule.Exact("u", "t/x")] }, "Several tensors would be called 't/x'");

        void AssertRefused(TensorSelection wrong, string reason) =>
            Assert.Contains(reason, Assert.Throws<CheckpointException>(() => wrong.Apply(tensors)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckpointMeans_FloatsAreMeans_AllElseIsTheLasts()
    {
        TensorSource[] first = await _small.WriteAsync("a", ("v", Floats(1f, 1e30f)), ("step", Step(1)));
        TensorSource[] second = await _small.WriteAsync("b", ("v", Floats(2f, 3e30f)), ("step", Step(2)));

        await BundleRewriter.WriteAsync(CheckpointMeans.Of([("a", [.. first]), ("b", [.. second])]), _small.At("mean"), null, Token);

        float[] means = [1.5f, 2e30f];
        long[] step = [2];
        Assert.Equal(means, await _small.ReadAsync<float>("mean", "v"));
        Assert.Equal(step, await _small.ReadAsync<long>("mean", "step"));
    }

    [Fact]
    public async Task CheckpointMeans_OfDifferentModels_NamesAllThatDiffers()
    {
        TensorSource[] first = await _small.WriteAsync("a", ("x", Numbers(1)), ("y", Numbers(2)));
        TensorSource[] second = await _small.WriteAsync("b", ("x", Numbers(3)), ("z", Numbers(2)));

        CheckpointException fault = Assert.Throws<CheckpointException>(() => CheckpointMeans.Of([("a", [.. first]), ("b", [.. second])]));

        Assert.Contains("'y' are not in 'b'; 'z' are not in 'a'; 'x' have another type or shape", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "g=4 v=2 w=3")]
    [InlineData(true, "g=4 v=2 v/ExponentialMovingAverage=1 w=3")]
    public async Task ShadowSwap_PutsAveragesInTheVariablesPlace(bool keepsVariables, string expected)
    {
        TensorSource[] tensors = await _small.WriteAsync(
            "a",
            ("v", Floats(1)),
            ("v/ExponentialMovingAverage", Floats(2)),
            ("w/ExponentialMovingAverage", Floats(3)),
            ("g", Floats(4)));

        await BundleRewriter.WriteAsync(ShadowSwap.Apply(tensors, ShadowSwap.NameDefault, keepsVariables), _small.At("b"), null, Token);

        List<string> values = [];
        foreach (TensorSource tensor in await _small.SourcesAsync("b"))
        {
            values.Add($"{tensor.Name}={(await _small.ReadAsync<float>("b", tensor.Name))[0]}");
        }

        Assert.Equal(expected, string.Join(' ', values));
        Assert.Throws<CheckpointException>(() => ShadowSwap.Apply(tensors, "Other", keepsVariables));
    }

    private static TensorValue Numbers(int count) => TensorValue.Of(new TensorShape(count), [.. Enumerable.Range(1, count)]);

    private static TensorValue Floats(params float[] values) => TensorValue.Of<float>(new TensorShape(values.Length), values);

    private static TensorValue Step(long step) => TensorValue.Of(TensorShape.Scalar, step);

    private async Task<byte[]> FileAsync(string name) => (await _small.Store.TryReadAsync(name, 1 << 20, Token))!.Bytes.ToArray();
}
