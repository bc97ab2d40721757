using Cairn.Format.Bundles;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using Cairn.Format.Tensors;
using Cairn.Storage.Memory;

namespace Cairn.Format.Tests.Bundles;

/// <summary>Bad input gets an error that names the thing and the remedy.</summary>
public sealed class BundleRefusalTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly CheckpointPrefix Prefix = new("m/ckpt-1");
    private readonly MemoryBlobStore _store = new();

    [Fact]
    public async Task ReadAsync_AMissingKey_NamesTheNearest()
    {
        BundleReader reader = await OpenSoundAsync();

        CheckpointException refused = await RefusedAsync(CheckpointError.NotFound, reader.ReadAsync("dense/kernal", Token));

        Assert.Contains("Key dense/kernal not found in checkpoint", refused.Message, StringComparison.Ordinal);
        Assert.Contains("nearest: 'dense/kernel'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m/ckpt-1.data-00000-of-00001", "without .data-...: 'm/ckpt-1'")]
    [InlineData("m/ckpt-1.index", "without .index: 'm/ckpt-1'")]
    [InlineData("m/ckpt-1.meta", "without .meta: 'm/ckpt-1'")]
    [InlineData("m/ckpt-2", "nearest: 'm/ckpt-1'")]
    public async Task OpenAsync_NoCheckpointOfThatName_SaysWhatWasMeant(string prefix, string hint)
    {
        await OpenSoundAsync();

        CheckpointException refused = await RefusedAsync(CheckpointError.NotFound, BundleReader.OpenAsync(_store, new CheckpointPrefix(prefix), Token));

        Assert.Contains(hint, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m/checkpoint", "is the state file of a folder, not a checkpoint's prefix; give the folder to 'latest'")]
    [InlineData("m/notes.txt", "is a file, not a checkpoint's prefix")]
    public async Task OpenAsync_AFileThatIsNoCheckpoint_IsCalledAFile(string name, string hint)
    {
        await _store.TryWriteAsync(name, new byte[100], default, Token);

        CheckpointException refused = await RefusedAsync(CheckpointError.InvalidArgument, BundleReader.OpenAsync(_store, new CheckpointPrefix(name), Token));

        Assert.Contains($"'{name}' {hint}", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m/v1", "m/v1")]
    [InlineData("m/v1-00000-of-00001", "m/v1")]
    [InlineData("m/v1-00000-of-00001", "m/v1-?????-of-00001")]
    public async Task OpenAsync_AV1Checkpoint_IsRefusedWithTheRemedy(string file, string prefix)
    {
        await _store.TryWriteAsync(file, V1Table(), default, Token);

        CheckpointException refused = await RefusedAsync(CheckpointError.Unsupported, BundleReader.OpenAsync(_store, new CheckpointPrefix(prefix), Token));

        Assert.Contains($"'memory/{file}' looks like a V1 checkpoint", refused.Message, StringComparison.Ordinal);
        Assert.Contains("write_version=V2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AV1Table_IsRefusedAsSuch()
    {
        var refused = Assert.Throws<CheckpointException>(() => BundleIndex.Parse(V1Table(), "f"));

        Assert.Equal(CheckpointError.Unsupported, refused.Error);
        Assert.Contains("'f' is a V1 checkpoint", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_AnIndexThatIsAGitLfsPointer_IsRefusedWithTheRemedy()
    {
        await _store.TryWriteAsync(Prefix.IndexName, LfsPointer, default, Token);

        CheckpointException refused = await RefusedAsync(CheckpointError.Unsupported, BundleReader.OpenAsync(_store, Prefix, Token));

        Assert.Contains("'memory/m/ckpt-1.index' is a Git LFS pointer", refused.Message, StringComparison.Ordinal);
        Assert.Contains("git lfs pull", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_ADataFileThatIsAGitLfsPointer_IsRefused_AndVerifyNamesItOnce()
    {
        BundleReader reader = await OpenSoundAsync();
        await _store.TryWriteAsync(Prefix.DataName(0, 1), LfsPointer, default, Token);

        await RefusedAsync(CheckpointError.Unsupported, reader.ReadAsync("dense/kernel", Token));
        BundleFault fault = Assert.Single(await BundleVerifier.VerifyAsync(_store, Prefix, Token).ToListAsync(Token));

        Assert.Equal(
            "memory/m/ckpt-1.data-00000-of-00001: byte 0: a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'", fault.ToString());
    }

    [Fact]
    public async Task OpenAsync_DataWithoutIndex_SaysThatTheSaveWasNotFinished()
    {
        await OpenSoundAsync();
        await _store.DeleteAsync(Prefix.IndexName, null, Token);

        CheckpointException refused = await RefusedAsync(CheckpointError.NotFound, BundleReader.OpenAsync(_store, Prefix, Token));

        Assert.Contains("not finished", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_AMissingDataFile_NamesIt()
    {
        BundleReader reader = await OpenSoundAsync();
        await _store.DeleteAsync(Prefix.DataName(0, 1), null, Token);

        CheckpointException refused = await RefusedAsync(CheckpointError.NotFound, reader.ReadAsync("dense/kernel", Token));

        Assert.Contains(Prefix.DataName(0, 1), refused.Message, StringComparison.Ordinal);
        BundleFault fault = Assert.Single(await BundleVerifier.VerifyAsync(_store, Prefix, Token).ToListAsync(Token));
        Assert.Contains(Prefix.DataName(0, 1), fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_ATruncatedIndex_IsCorruptAtAnyLength()
    {
        await OpenSoundAsync();
        ReadOnlyMemory<byte> index = (await _store.TryReadAsync(Prefix.IndexName, int.MaxValue, Token))!.Bytes;
        for (int length = 0; length < index.Length; length++)
        {
            var refused = Assert.Throws<CheckpointException>(() => BundleIndex.Parse(index[..length], "ckpt.index"));
            Assert.Equal(CheckpointError.Corrupt, refused.Error);
            Assert.Contains("ckpt.index", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ReadAsync_ATruncatedDataFile_SaysSo()
    {
        BundleReader reader = await OpenSoundAsync();
        byte[] data = (await _store.TryReadAsync(Prefix.DataName(0, 1), int.MaxValue, Token))!.Bytes.ToArray();
        await _store.TryWriteAsync(Prefix.DataName(0, 1), data.AsMemory(0, data.Length - 1), default, Token);

        CheckpointException refused = await RefusedAsync(CheckpointError.Corrupt, reader.ReadAsync("dense/kernel", Token));

        Assert.Contains("truncated", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_ADamagedByte_NamesFileTensorAndChecksums()
    {
        BundleReader reader = await OpenSoundAsync();
        byte[] data = (await _store.TryReadAsync(Prefix.DataName(0, 1), int.MaxValue, Token))!.Bytes.ToArray();
        data[9] ^= 1;
        await _store.TryWriteAsync(Prefix.DataName(0, 1), data, default, Token);

        CheckpointException refused = await RefusedAsync(CheckpointError.Corrupt, reader.ReadAsync("dense/kernel", Token));

        Assert.StartsWith("'memory/m/ckpt-1.data-00000-of-00001' is damaged at byte 0: 'dense/kernel': ", refused.Message, StringComparison.Ordinal);
        Assert.Matches("Checksum does not match: stored [0-9]+ vs. calculated on the restored bytes [0-9]+ [(]masked [0-9a-f]{8} vs[.] [0-9a-f]{8}[)]$", refused.Message);
        await RefusedAsync(
            CheckpointError.Corrupt, BundleCopier.CopyAsync(new(_store, Prefix), new(_store, new CheckpointPrefix("copy")), options: null, Token));
        Assert.Null(await _store.TryGetPropertiesAsync("copy.index", Token));
        Assert.Null(await _store.TryGetPropertiesAsync("copy.data-00000-of-00001", Token));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    public async Task ReadAsync_ASizeThatContradictsTheShape_IsCorrupt(long size)
    {
        BundleReader reader = await OpenForgedAsync(new BundleEntry(TensorDType.Float, new TensorShape(4), new DataRange(0, 0, size, 0)), dataBytes: 100);

        CheckpointException refused = await RefusedAsync(CheckpointError.Corrupt, reader.ReadAsync("t", Token));

        Assert.Contains($"Invalid size in bundle entry: key t; stored size {size}; expected size 16", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_ASizeBeyondTheFile_IsRefusedBeforeMemoryIsAskedFor()
    {
        long count = 1L << 28;
        BundleReader reader = await OpenForgedAsync(
            new BundleEntry(TensorDType.Float, new TensorShape(count), new DataRange(0, 0, 4 * count, 0)), dataBytes: 100);
        long before = GC.GetAllocatedBytesForCurrentThread();

        await RefusedAsync(CheckpointError.Corrupt, reader.ReadAsync("t", Token));

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public async Task ReadAsync_MoreThanTheLimit_IsRefused()
    {
        BundleReader reader = await OpenSoundAsync();
        reader.TensorBytesMax = 15;

        CheckpointException refused = await RefusedAsync(CheckpointError.LimitExceeded, reader.ReadAsync("dense/kernel", Token));

        Assert.Contains("TensorBytesMax", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0801 120d 120b08ffffffffffffffffff01", "Invalid tensor shape: [-1]")]
    [InlineData("0801 1218 120a08ffffffffffffffff7f 120a08ffffffffffffffff7f", "Invalid tensor shape: [9223372036854775807,9223372036854775807]")]
    [InlineData("0801120212", "not parseable")]
    [InlineData("08011200180128043500000000", "data file 1, but there are 1")]
    [InlineData("0801120020ffffffffffffffffff01", "out of range")]
    public void Parse_AnEntryOutOfRange_IsCorrupt(string entry, string reason)
    {
        var refused = Assert.Throws<CheckpointException>(
            () => BundleIndex.Parse(Forge("t"u8, Convert.FromHexString(entry.Replace(" ", "", StringComparison.Ordinal))), "f"));

        Assert.Equal(CheckpointError.Corrupt, refused.Error);
        Assert.Contains("Entry for key t not parseable", refused.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1a0408011002", "Checkpoint min consumer version 2 above current version 1")]
    [InlineData("1a0508011a0101", "Checkpoint disallows consumer version 1")]
    [InlineData("1a0b08ffffffffffffffffff01", "Checkpoint producer version -1 below min producer 0")]
    public void Parse_AVersionThatMayNotBeRead_IsUnsupported(string version, string reason)
    {
        var table = new TableWriter();
        table.Add([], [0x08, 0x01, .. Convert.FromHexString(version)]);

        var refused = Assert.Throws<CheckpointException>(() => BundleIndex.Parse(table.Finish(), "f"));

        Assert.Equal(CheckpointError.Unsupported, refused.Error);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_UnknownFields_ArePassedOver()
    {
        // Fields 100 of all four wire types, after shape [] and size 4.
        byte[] entry = Convert.FromHexString("08011200280435a67b113a" + "a00601" + "a1060102030405060708" + "a206020102" + "a50601020304");

        BundleTensor tensor = BundleIndex.Parse(Forge("t"u8, entry), "f").Get("t");

        Assert.Equal(4, tensor.LengthBytes);
    }

    [Fact]
    public async Task ReadAsync_SlicesThatDoNotCoverTheTensor_AreRefused()
    {
        var shape = new TensorShape(3);
        var slice = TensorSlice.Rows(shape, 0, 2);
        var index = new BundleIndex(
            "f",
            BundleHeader.ForShards(1),
            [
                new BundleRecord(
                    SliceKeys.Encode("w"u8, slice), new BundleEntry(TensorDType.UInt8, new TensorShape(2), DataRange.Of(0, 0, 2, Crc32C.Append(0, [1, 2]))), 0),
                new BundleRecord("w"u8.ToArray(), new BundleEntry(TensorDType.UInt8, shape, default, [slice]), 0),
            ],
            []);
        await PutAsync(index.ToBytes(), [1, 2]);
        BundleReader reader = await BundleReader.OpenAsync(_store, Prefix, Token);

        CheckpointException refused = await RefusedAsync(CheckpointError.InvalidArgument, reader.ReadAsync("w", Token));

        Assert.Contains("Does not have sufficient slices for partitioned tensor w to restore in slice_spec: -", refused.Message, StringComparison.Ordinal);
        TensorValue there = await reader.ReadAsync("w", new TensorSlice([new(1, 1)]), Token);
        Assert.Equal([2], there.ToArray<byte>());
        Assert.Contains(
            "a slice is missing", Assert.Single(await BundleVerifier.VerifyAsync(_store, Prefix, Token).ToListAsync(Token)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ToBytes_OverlappingSlices_AreRefused()
    {
        var shape = new TensorShape(3);
        var writer = new BundleIndexWriter();
        writer.AddSlice("w", TensorDType.UInt8, shape, TensorSlice.Rows(shape, 0, 2), new DataRange(0, 0, 2, 0));
        writer.AddSlice("w", TensorDType.UInt8, shape, TensorSlice.Rows(shape, 1, 2), new DataRange(0, 2, 2, 0));

        var refused = Assert.Throws<CheckpointException>(() => writer.ToBytes(1));

        Assert.Contains("Overlapping slices: existing slice = 0,2, new slice = 1,2", refused.Message, StringComparison.Ordinal);
    }

    private static byte[] LfsPointer =>
        [.. "version https://git-lfs.github.com/spec/v1\noid sha256:"u8, .. Enumerable.Repeat((byte)'a', 64), .. "\nsize 12345\n"u8];

    // SavedTensorSlices under the empty key: field 1, a message.
    private static byte[] V1Table()
    {
        var table = new TableWriter();
        table.Add([], [0x0A, 0x04, 0x12, 0x02, 0x08, 0x01]);
        return table.Finish();
    }

    private static byte[] Forge(ReadOnlySpan<byte> key, ReadOnlySpan<byte> entry)
    {
        var table = new TableWriter();
        table.Add([], BundleHeader.ForShards(1).Encode());
        table.Add(key, entry);
        return table.Finish();
    }

    private static async Task<CheckpointException> RefusedAsync<T>(CheckpointError error, ValueTask<T> task)
    {
        var refused = await Assert.ThrowsAsync<CheckpointException>(async () => await task);
        Assert.Equal(error, refused.Error);
        return refused;
    }

    private async Task<BundleReader> OpenForgedAsync(BundleEntry entry, int dataBytes)
    {
        await PutAsync(Forge("t"u8, entry.Encode()), new byte[dataBytes]);
        return await BundleReader.OpenAsync(_store, Prefix, Token);
    }

    private async Task PutAsync(byte[] index, byte[] data)
    {
        await _store.TryWriteAsync(Prefix.DataName(0, 1), data, default, Token);
        await _store.TryWriteAsync(Prefix.IndexName, index, default, Token);
    }

    private async Task<BundleReader> OpenSoundAsync()
    {
        await using BundleWriter writer = await BundleWriter.CreateAsync(_store, Prefix, options: null, Token);
        await writer.AddAsync("dense/kernel", TensorValue.Of(new TensorShape(4), 1f, 2f, 3f, 4f), Token);
        await writer.FinishAsync(Token);
        return await BundleReader.OpenAsync(_store, Prefix, Token);
    }
}
