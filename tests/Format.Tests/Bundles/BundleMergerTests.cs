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

/// <summary>Merging, against what TensorFlow's MergeV2Checkpoints made of sharded saves, and what it would have spoilt.</summary>
public sealed class BundleMergerTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly CheckpointPrefix Merged = new("m/ckpt-1");
    private static readonly TensorShape Shape = new(3, 2);
    private readonly MemoryBlobStore _store = new();

    public static TheoryData<string> Sharded => Corpus.Bundles.Count > 0
        ? [.. Corpus.Bundles.Where(pair => pair.Value is { IsWhole: true, NumShards: > 1 }).Select(pair => pair.Key)]
        : ["none"];

    [Theory]
    [MemberData(nameof(Sharded))]
    public async Task MergeAsync_TheDataFilesOfASaveOfTensorFlow_GivesItsFilesAgain(string name)
    {
        Corpus.Require();
        await AssertMergesBackAsync(new LocalBlobStore(Corpus.PathOf("tensorflow")), new CheckpointPrefix(Corpus.Bundles[name].Prefix));
    }

    [Fact]
    public async Task MergeAsync_SlicesOverThreeDataFiles_GivesTheFilesOfTensorFlow() =>
        await AssertMergesBackAsync(new LocalBlobStore(Corpus.PathOf("derived")), new CheckpointPrefix("merged3"));

    [Fact]
    public async Task MergeAsync_TwoCheckpoints_ReadsAllTensors_AndTheInputsAreGone()
    {
        await WriteAsync("part-0", ("foo_000", 1f), ("foo_001", 2f));
        await WriteAsync("part-1", ("bar_000", 3f));

        BundleIndex index = await MergeAsync(null, "part-0", "part-1");

        Assert.Equal(["bar_000", "foo_000", "foo_001"], index.Tensors.Select(tensor => tensor.Name));
        BundleReader reader = await BundleReader.OpenAsync(_store, Merged, Token);
        TensorValue[] read = [await reader.ReadAsync("bar_000", Token), await reader.ReadAsync("foo_001", Token)];
        Assert.Equal([3f, 2f], read.Select(value => value.AsSpan<float>()[0]));
        Assert.Equal(
            ["m/ckpt-1.data-00000-of-00002", "m/ckpt-1.data-00001-of-00002", "m/ckpt-1.index"],
            await _store.ListAsync("", Token).Select(blob => blob.Name).ToListAsync(Token));
    }

    [Fact]
    public async Task MergeAsync_OneCheckpoint_IsARename()
    {
        await WriteAsync("a", ("x", 1f));
        byte[] index = await BytesAsync("a.index");

        await MergeAsync(null, "a");

        Assert.Equal(index, await BytesAsync("m/ckpt-1.index"));
    }

    [Fact]
    public async Task MergeAsync_KeepingInputs_LeavesThem()
    {
        await WriteAsync("a", ("x", 1f));

        await MergeAsync(new BundleMergeOptions { KeepsInputs = true }, "a");

        Assert.Empty(await BundleVerifier.VerifyAsync(_store, new CheckpointPrefix("a"), Token).ToListAsync(Token));
        Assert.Empty(await BundleVerifier.VerifyAsync(_store, Merged, Token).ToListAsync(Token));
    }

    [Fact]
    public async Task MergeAsync_ATensorTwice_IsRefusedAndNothingChanges()
    {
        await WriteAsync("a", ("x", 1f));
        await WriteAsync("b", ("x", 1f));

        await RefusedAsync(CheckpointError.InvalidArgument, "Duplicate tensor keyed by x encountered, when merging prefix: b", null, "a", "b");
    }

    [Fact]
    public async Task MergeAsync_ASliceTwice_IsRefusedWithItsSpelling()
    {
        await WriteSliceAsync("a", 0, 2);
        await WriteSliceAsync("b", 0, 2);

        await RefusedAsync(
            CheckpointError.InvalidArgument, "Duplicate tensor keyed by w slice 0,2:0,2 encountered, when merging prefix: b", null, "a", "b");
    }

    [Fact]
    public async Task MergeAsync_SlicesThatOverlap_AreRefused()
    {
        await WriteSliceAsync("a", 0, 2);
        await WriteSliceAsync("b", 1, 2);

        await RefusedAsync(
            CheckpointError.InvalidArgument, "Overlapping slices: existing slice = 0,2:0,2, new slice = 1,2:0,2", null, "a", "b");
    }

    [Fact]
    public async Task MergeAsync_AWholeTensorAfterSlices_IsRefused()
    {
        await WriteSliceAsync("a", 0, 2);
        await WriteAsync("b", ("w", 1f));

        await RefusedAsync(CheckpointError.InvalidArgument, "w; attempting to merge in a non-slice bundle entry", null, "a", "b");
    }

    [Fact]
    public async Task MergeAsync_SlicesOfOtherShapes_AreRefused()
    {
        await WriteSliceAsync("a", 0, 2);
        await WriteSliceAsync("b", 2, 1, new TensorShape(4, 2));

        await RefusedAsync(CheckpointError.InvalidArgument, "Slices of 'w' disagree: float [3,2], but in 'b' float [4,2]", null, "a", "b");
    }

    [Fact]
    public async Task MergeAsync_AnEmptyCheckpoint_IsRefused_BecauseItsDataFileWouldBeCounted()
    {
        await WriteAsync("a", ("x", 1f));
        await WriteAsync("b");

        await RefusedAsync(CheckpointError.InvalidArgument, "'b' has 1 data file(s), but its tensors lie in 0", null, "a", "b");
    }

    [Fact]
    public async Task MergeAsync_OtherByteOrderOrVersion_IsRefused()
    {
        await WriteAsync("a", ("x", 1f));
        await WriteAsync("b", ("y", 1f));
        await ReplaceHeaderAsync("b", header => header with { IsBigEndian = true });
        await RefusedAsync(CheckpointError.InvalidArgument, "Merging bundles with conflicting endianness", null, "a", "b");
        await ReplaceHeaderAsync("b", header => header with { IsBigEndian = false, Producer = 2 });
        await RefusedAsync(CheckpointError.InvalidArgument, "Merging bundles with different format versions", null, "a", "b");
    }

    [Fact]
    public async Task MergeAsync_AMissingInput_IsRefusedUnlessItMayBe()
    {
        await WriteAsync("a", ("x", 1f));
        await RefusedAsync(CheckpointError.NotFound, "There is no checkpoint 'b'", null, "a", "b");
        var allowing = new BundleMergeOptions { AllowsMissingInputs = true };
        await RefusedAsync(CheckpointError.InvalidArgument, "At least one prefix checkpoint file must exist, but none existed", allowing, "b");

        Assert.Equal(1, (await MergeAsync(allowing, "a", "b")).ShardCount);
    }

    [Fact]
    public async Task MergeAsync_ADataFileMissingOrTooShort_IsRefusedAndNothingChanges()
    {
        await WriteAsync("a", ("x", 1f));
        await WriteAsync("b", ("y", 1f));
        string data = new CheckpointPrefix("b").DataName(0, 1);
        await _store.TryWriteAsync(data, new byte[3], BlobCondition.None, Token);
        await RefusedAsync(CheckpointError.Corrupt, "'y' lies at bytes 0 to 4, but the file has only 3", null, "a", "b");
        await _store.DeleteAsync(data, null, Token);
        await RefusedAsync(CheckpointError.NotFound, "b.data-00000-of-00001' is missing, and 'y' lies in it", null, "a", "b");
    }

    [Fact]
    public async Task MergeAsync_IntoATakenName_IsRefusedUnlessItMayBeReplaced()
    {
        await WriteAsync("a", ("x", 1f));
        await WriteAsync("m/ckpt-1", ("old", 1f));
        await RefusedAsync(CheckpointError.AlreadyExists, "a checkpoint of this name exists", null, "a");
        await RefusedAsync(CheckpointError.InvalidArgument, "cannot have the name of an input", new BundleMergeOptions { Overwrite = true }, "m/ckpt-1");

        BundleIndex index = await MergeAsync(new BundleMergeOptions { Overwrite = true }, "a");

        Assert.Equal("x", Assert.Single(index.Tensors).Name);
        Assert.Empty(await BundleVerifier.VerifyAsync(_store, Merged, Token).ToListAsync(Token));
    }

    // Each data file of a checkpoint as one of its own, as the shards of a sharded save; then merged.
    private async Task AssertMergesBackAsync(IBlobStore source, CheckpointPrefix prefix)
    {
        BundleIndex whole = await BundleIndex.ReadAsync(source, prefix, Token);
        string[] inputs = [.. Enumerable.Range(0, whole.ShardCount).Select(shard => $"m/ckpt-1_temp/part-{shard:D5}-of-{whole.ShardCount:D5}")];
        for (int shard = 0; shard < whole.ShardCount; shard++)
        {
            byte[] data = (await source.TryReadAsync(prefix.DataName(shard, whole.ShardCount), int.MaxValue, Token))!.Bytes.ToArray();
            await _store.TryWriteAsync(new CheckpointPrefix(inputs[shard]).DataName(0, 1), data, BlobCondition.IfAbsent, Token);
            await _store.TryWriteAsync(inputs[shard] + ".index", IndexOfShard(whole, shard), BlobCondition.IfAbsent, Token);
        }

        await MergeAsync(null, inputs);

        Assert.Equal((await source.TryReadAsync(prefix.IndexName, int.MaxValue, Token))!.Bytes.ToArray(), await BytesAsync(Merged.IndexName));
        for (int shard = 0; shard < whole.ShardCount; shard++)
        {
            byte[] data = (await source.TryReadAsync(prefix.DataName(shard, whole.ShardCount), int.MaxValue, Token))!.Bytes.ToArray();
            Assert.Equal(data, await BytesAsync(Merged.DataName(shard, whole.ShardCount)));
        }

        Assert.Equal(whole.ShardCount + 1, await _store.ListAsync("", Token).CountAsync(Token));
    }

    private static byte[] IndexOfShard(BundleIndex whole, int shard)
    {
        var table = new TableWriter();
        table.Add([], BundleHeader.ForShards(1).Encode());
        ILookup<string, BundlePart> parts = whole.Tensors.SelectMany(tensor => tensor.Parts).ToLookup(part => part.TensorName);
        foreach (BundleRecord record in whole.Records)
        {
            BundleEntry entry = record.Entry;
            if (entry.IsSliced)
            {
                entry = entry with
                {
                    Data = default,
                    Slices = [.. parts[TensorNames.NameOf(record.Key)].Where(part => part.Entry.Data.ShardIndex == shard).Select(part => part.Slice)],
                };
            }

            if (record.Entry.IsSliced ? entry.IsSliced : entry.Data.ShardIndex == shard)
            {
                table.Add(record.Key, (entry with { Data = entry.Data with { ShardIndex = 0 } }).Encode());
            }
        }

        return table.Finish();
    }

    private async Task WriteAsync(string prefix, params (string Name, float Value)[] tensors)
    {
        await using BundleWriter writer = await BundleWriter.CreateAsync(_store, new CheckpointPrefix(prefix), null, Token);
        foreach ((string name, float value) in tensors)
        {
            await writer.AddAsync(name, TensorValue.Of(TensorShape.Scalar, value), Token);
        }

        await writer.FinishAsync(Token);
    }

    // By hand: the writer refuses slices that do not make up their tensor.
    private async Task WriteSliceAsync(string prefix, long start, long length, TensorShape? shape = null)
    {
        shape ??= Shape;
        TensorSlice slice = TensorSlice.Rows(shape, start, length);
        byte[] data = new byte[length * 8];
        var table = new TableWriter();
        table.Add([], BundleHeader.ForShards(1).Encode());
        DataRange range = DataRange.Of(0, 0, data.Length, Crc32C.Append(0, data));
        table.Add(SliceKeys.Encode("w"u8, slice), new BundleEntry(TensorDType.Float, new TensorShape(length, 2), range).Encode());
        table.Add("w"u8, new BundleEntry(TensorDType.Float, shape, default, [slice]).Encode());
        await _store.TryWriteAsync(prefix + ".index", table.Finish(), BlobCondition.IfAbsent, Token);
        await _store.TryWriteAsync(new CheckpointPrefix(prefix).DataName(0, 1), data, BlobCondition.IfAbsent, Token);
    }

    private async Task ReplaceHeaderAsync(string prefix, Func<BundleHeader, BundleHeader> change)
    {
        BundleIndex index = await BundleIndex.ReadAsync(_store, new CheckpointPrefix(prefix), Token);
        byte[] changed = new BundleIndex(index.FileName, change(index.Header), index.Records, index.Tensors).ToBytes();
        await _store.TryWriteAsync(prefix + ".index", changed, BlobCondition.None, Token);
    }

    private async Task RefusedAsync(CheckpointError error, string message, BundleMergeOptions? options, params string[] inputs)
    {
        List<BlobProperties> before = await _store.ListAsync("", Token).ToListAsync(Token);

        var refused = await Assert.ThrowsAsync<CheckpointException>(async () => await MergeAsync(options, inputs));

        Assert.Equal(error, refused.Error);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await _store.ListAsync("", Token).ToListAsync(Token));
    }

    private ValueTask<BundleIndex> MergeAsync(BundleMergeOptions? options, params string[] inputs) =>
        BundleMerger.MergeAsync(_store, [.. inputs.Select(input => new CheckpointPrefix(input))], Merged, options, Token);

    private async Task<byte[]> BytesAsync(string name) => (await _store.TryReadAsync(name, int.MaxValue, Token))!.Bytes.ToArray();
}
