using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using Cairn.Format.Tensors;
using Cairn.Storage.Memory;

namespace Cairn.Format.Tests.Bundles;

/// <summary>Every kind of tensor and of file name that a bundle can have (the format specification, 8.1).</summary>
public sealed class BundleVarietyTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly MemoryBlobStore _store = new();

    public static TheoryData<TensorDType> Fixed => [.. Enum.GetValues<TensorDType>().Where(dtype => dtype.IsFixedSize())];

    [Theory]
    [MemberData(nameof(Fixed))]
    public async Task AnyType_WrittenWholeInSlicesAndEmpty_ReadsBackVerifiesAndCopies(TensorDType dtype)
    {
        int unit = dtype.ElementBytes();
        byte[] bytes = [.. Enumerable.Range(0, 6 * unit).Select(i => (byte)(dtype == TensorDType.Bool ? i & 1 : 7 * i))];
        var shape = new TensorShape(3, 2);
        CheckpointPrefix prefix = new("t");
        await using (BundleWriter writer = await BundleWriter.CreateAsync(_store, prefix, null, Token))
        {
            await writer.AddAsync("whole", TensorValue.FromBytes(dtype, shape, bytes), Token);
            await writer.AddAsync("scalar", TensorValue.FromBytes(dtype, TensorShape.Scalar, bytes.AsMemory(0, unit)), Token);
            await writer.AddAsync("none", TensorValue.FromBytes(dtype, new TensorShape(16, 0, 18), default), Token);
            foreach ((long start, long count) in new[] { (0L, 1L), (1L, 2L) })
            {
                await writer.AddAsync(
                    new BundleItem("sliced", dtype, shape) { Slice = TensorSlice.Rows(shape, start, count) },
                    TensorValue.FromBytes(dtype, new TensorShape(count, 2), bytes.AsMemory((int)start * 2 * unit, (int)count * 2 * unit)),
                    Token);
            }

            await writer.FinishAsync(Token);
        }

        CheckpointPrefix copy = new("copy");
        await BundleCopier.CopyAsync(new BundleLocation(_store, prefix), new BundleLocation(_store, copy), options: null, Token);

        BundleReader reader = await BundleReader.OpenAsync(_store, copy, Token);
        Assert.Equal(bytes, (await reader.ReadAsync("whole", Token)).Bytes.ToArray());
        Assert.Equal(bytes, (await reader.ReadAsync("sliced", Token)).Bytes.ToArray());
        Assert.Equal(bytes[..unit], (await reader.ReadAsync("scalar", Token)).Bytes.ToArray());
        Assert.Equal(new TensorShape(16, 0, 18), (await reader.ReadAsync("none", Token)).Shape);
        var middle = new TensorSlice([new SliceExtent(0, 2), new SliceExtent(1, 1)]); // Of both slices, in pieces: TensorFlow refuses it for half and others.
        byte[] column = [.. bytes[unit..(2 * unit)], .. bytes[(3 * unit)..(4 * unit)]];
        Assert.Equal(column, (await reader.ReadAsync("sliced", middle, Token)).Bytes.ToArray());
        Assert.Equal((int)dtype, (int)reader.Index.Get("whole").Entry.DType);
        Assert.Equal(await BytesAsync("t.index"), await BytesAsync("copy.index"));
        Assert.Empty(await BundleVerifier.VerifyAsync(_store, copy, Token).ToListAsync(Token));
    }

    [Theory]
    [InlineData("-:-", "0,5:0,10")]
    [InlineData("0,5:0,10", "-:-")]
    public async Task ASliceOfEverything_InEitherSpelling_ReadsByTheOther(string written, string read)
    {
        var shape = new TensorShape(5, 10);
        TensorValue value = TensorValue.Of(shape, Enumerable.Range(0, 50).ToArray());
        await using (BundleWriter writer = await BundleWriter.CreateAsync(_store, new CheckpointPrefix("t"), null, Token))
        {
            await writer.AddAsync(new BundleItem("w", TensorDType.Int32, shape) { Slice = SliceSpec.Parse($"5 10 {written}")!.Slice }, value, Token);
            await writer.FinishAsync(Token);
        }

        BundleReader reader = await BundleReader.OpenAsync(_store, new CheckpointPrefix("t"), Token);

        Assert.Equal(value.ToArray<int>(), (await reader.ReadAsync("w", SliceSpec.Parse($"5 10 {read}")!.Slice, Token)).ToArray<int>());
        Assert.False(reader.Index.Get("w").IsPartitioned);
    }

    [Theory]
    [InlineData("")]
    [InlineData("models/")]
    [InlineData("params.tf")]
    [InlineData("checkpoint-1")]
    [InlineData("a.b/c.d.e")]
    public async Task APrefix_EmptyDottedOrLikeTheStateFile_IsWrittenAndRead(string value)
    {
        CheckpointPrefix prefix = new(value);
        await WriteAsync(prefix, shardCount: 1);

        Assert.Equal(1, (await BundleReader.OpenAsync(_store, prefix, Token)).Index.ShardCount);
        Assert.Empty(await BundleVerifier.VerifyAsync(_store, prefix, Token).ToListAsync(Token));
        Assert.Equal([$"{value}.data-00000-of-00001", $"{value}.index"], await _store.ListAsync("", Token).Select(blob => blob.Name).ToListAsync(Token));
    }

    [Fact]
    public async Task DataFilesOfAnotherCount_BesideTheRightOnes_AreNotLookedAt()
    {
        CheckpointPrefix prefix = new("t");
        await _store.TryWriteAsync(prefix.DataName(0, 1), "of an older save"u8.ToArray(), BlobCondition.None, Token);
        await _store.TryWriteAsync(prefix.DataName(2, 3), "of an older save"u8.ToArray(), BlobCondition.None, Token);

        await WriteAsync(prefix, shardCount: 2);
        await BundleCopier.CopyAsync(new BundleLocation(_store, prefix), new BundleLocation(_store, new CheckpointPrefix("copy")), options: null, Token);

        BundleReader reader = await BundleReader.OpenAsync(_store, prefix, Token);
        Assert.Equal(1f, (await reader.ReadAsync("x", Token)).AsSpan<float>()[0]);
        Assert.Empty(await BundleVerifier.VerifyAsync(_store, prefix, Token).ToListAsync(Token));
        Assert.Equal(3, await _store.ListAsync("copy", Token).CountAsync(Token));
    }

    [Fact]
    public async Task CompressesIndex_OfManyTensors_IsShorterAndSaysTheSame()
    {
        await WriteManyAsync("raw", new BundleWriterOptions());
        await WriteManyAsync("snappy", new BundleWriterOptions { CompressesIndex = true });

        byte[] raw = await BytesAsync("raw.index");
        byte[] compressed = await BytesAsync("snappy.index");
        Assert.True(compressed.Length < raw.Length - (raw.Length / 8), $"{compressed.Length} of {raw.Length}");
        Assert.Equal(raw, BundleIndex.Parse(compressed, "snappy").ToBytes());
        Assert.Equal(compressed, BundleIndex.Parse(raw, "raw").ToBytes(isCompressed: true));
        Assert.Empty(await BundleVerifier.VerifyAsync(_store, new CheckpointPrefix("snappy"), Token).ToListAsync(Token));
    }

    [Fact]
    public void ToBytes_CompressedWhereItDoesNotPay_IsRaw()
    {
        var index = new BundleIndexWriter();
        index.AddTensor("v", TensorDType.Float, TensorShape.Scalar, DataRange.Of(0, 0, 4, 0xDD54C4AB));

        Assert.Equal(index.ToBytes(1), index.ToBytes(1, isCompressed: true));
    }

    [Fact]
    public async Task CopyAsync_AnIndexWithFieldsThatNobodyKnows_KeepsThem()
    {
        await WriteAsync(new CheckpointPrefix("t"), shardCount: 1);
        BundleIndex index = await BundleIndex.ReadAsync(_store, new CheckpointPrefix("t"), Token);
        var table = new TableWriter();
        table.Add([], [.. index.Header.Encode(), 0x78, 1]);
        foreach (BundleRecord record in index.Records)
        {
            table.Add(record.Key, [.. record.Entry.Encode(), 0x7A, 2, 8, 9]);
        }

        byte[] strange = table.Finish();
        await _store.TryWriteAsync("t.index", strange, BlobCondition.None, Token);

        await BundleCopier.CopyAsync(new BundleLocation(_store, new CheckpointPrefix("t")), new BundleLocation(_store, new CheckpointPrefix("c")), options: null, Token);

        Assert.Equal(strange, await BytesAsync("c.index"));
    }

    [Theory]
    [InlineData(0, "The length checksum does not match: expected")]
    [InlineData(1, "The length checksum does not match: expected")]
    [InlineData(6, "Checksum does not match: stored")]
    [InlineData(15, "Checksum does not match: stored")]
    public async Task AStringTensor_WithAByteInverted_IsRefusedInTensorFlowsWords(int at, string words)
    {
        CheckpointPrefix prefix = new("t");
        await using (BundleWriter writer = await BundleWriter.CreateAsync(_store, prefix, null, Token))
        {
            await writer.AddAsync("strings", TensorValue.OfStrings(new TensorShape(2), "hello", "world"), Token);
            await writer.FinishAsync(Token);
        }

        byte[] data = await BytesAsync(prefix.DataName(0, 1));
        data[at] ^= (byte)(at < 2 ? 4 : 0xFF); // The lengths become 1: still within the entry.
        await _store.TryWriteAsync(prefix.DataName(0, 1), data, BlobCondition.None, Token);
        BundleReader reader = await BundleReader.OpenAsync(_store, prefix, Token);

        var fault = await Assert.ThrowsAsync<CheckpointException>(async () => await reader.ReadAsync("strings", Token));
        Assert.Equal(CheckpointError.Corrupt, fault.Error);
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.Contains("t.data-00000-of-00001' is damaged at byte 0: 'strings'", fault.Message, StringComparison.Ordinal);
    }

    // 4 GiB pass through the checker in pieces; nobody holds them. Its length enters the checksum in eight bytes, those of the others in four.
    [Fact]
    public void EntryChecker_AStringOfFourGibibytes_IsCheckedAsItPasses()
    {
        const long Length = 1L << 32;
        byte[] piece = new byte[1 << 24];
        uint lengths = Crc32C.Append(Crc32C.Append(0, [0, 0, 0, 0, 1, 0, 0, 0]), [1, 0, 0, 0]);
        byte[] head = [0x80, 0x80, 0x80, 0x80, 0x10, 0x01, .. BitConverter.GetBytes(Crc32C.Mask(lengths))];
        uint content = 0;
        for (long at = 0; at < Length; at += piece.Length)
        {
            content = Crc32C.Append(content, piece);
        }

        uint crc = Crc32C.Combine(Crc32C.Append(lengths, head.AsSpan(6)), Crc32C.Append(content, "x"u8), Length + 1);
        EntryChecker checker = EntryChecker.For(
            new BundleEntry(TensorDType.String, new TensorShape(2), DataRange.Of(0, 0, head.Length + Length + 1, crc)), isBigEndian: false);
        checker.Append(head);
        for (long at = 0; at < Length; at += piece.Length)
        {
            checker.Append(piece);
        }

        checker.Append("x"u8);

        Assert.Null(checker.Complete(crc));
    }

    private async Task WriteAsync(CheckpointPrefix prefix, int shardCount)
    {
        await using BundleWriter writer = await BundleWriter.CreateAsync(_store, prefix, new BundleWriterOptions { ShardCount = shardCount }, Token);
        await writer.AddAsync("x", TensorValue.Of(TensorShape.Scalar, 1f), Token);
        await writer.AddAsync(
            new BundleItem("y", TensorDType.Float, TensorShape.Scalar) { ShardIndex = shardCount - 1 }, TensorValue.Of(TensorShape.Scalar, 2f), Token);
        await writer.FinishAsync(Token);
    }

    private async Task WriteManyAsync(string prefix, BundleWriterOptions options)
    {
        await using BundleWriter writer = await BundleWriter.CreateAsync(_store, new CheckpointPrefix(prefix), options, Token);
        for (int i = 0; i < 500; i++)
        {
            await writer.AddAsync($"layer_{i:D4}/kernel", TensorValue.Of(new TensorShape(2), 1f, 2f), Token);
        }

        await writer.FinishAsync(Token);
    }

    private async Task<byte[]> BytesAsync(string name) => (await _store.TryReadAsync(name, int.MaxValue, Token))!.Bytes.ToArray();
}
