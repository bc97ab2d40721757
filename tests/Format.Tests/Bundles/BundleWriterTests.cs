using System.Security.Cryptography;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Storage.Memory;

namespace Cairn.Format.Tests.Bundles;

public sealed class BundleWriterTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly CheckpointPrefix Prefix = new("m/ckpt-1");
    private readonly MemoryBlobStore _store = new();

    [Fact]
    public async Task FinishAsync_NoTensor_WritesAnEmptyDataFileAndTheGoldenIndex()
    {
        await using (BundleWriter writer = await CreateAsync())
        {
            await writer.FinishAsync(Token);
        }

        Assert.Equal(
            "37c4e91217b6164dbd1bc55ca7419b6383b45bc8430765e71127c234a2e2cc1f", Convert.ToHexStringLower(SHA256.HashData(await FileAsync(Prefix.IndexName))));
        Assert.Empty(await FileAsync(Prefix.DataName(0, 1)));
    }

    [Fact]
    public async Task AddAsync_TensorsOutOfOrder_KeepTheirOrderInTheData()
    {
        await using (BundleWriter writer = await CreateAsync())
        {
            await writer.AddAsync("b", TensorValue.Of(new TensorShape(2), 1, 2), Token);
            await writer.AddAsync("a", TensorValue.Of(TensorShape.Scalar, (byte)7), Token);
            await writer.FinishAsync(Token);
        }

        Assert.Equal("010000000200000007", Convert.ToHexStringLower(await FileAsync(Prefix.DataName(0, 1))));
        BundleReader reader = await BundleReader.OpenAsync(_store, Prefix, Token);
        Assert.Equal(["a", "b"], reader.Index.Tensors.Select(tensor => tensor.Name));
        TensorValue b = await reader.ReadAsync("b", Token);
        Assert.Equal([1, 2], b.ToArray<int>());
    }

    [Theory]
    [InlineData(new string[0], "d8ea82a2", 0x640CC1F6)]
    [InlineData(new[] { "hello", "world" }, "0505b56f994f68656c6c6f776f726c64", 0x07D64C1B)]
    [InlineData(new[] { "" }, "00a67b113a", 0xBE0767BD)]
    public async Task AddAsync_Strings_AreTheGoldenBytes(string[] values, string bytes, uint crc)
    {
        await using (BundleWriter writer = await CreateAsync())
        {
            await writer.AddAsync("s", TensorValue.OfStrings(new TensorShape(values.Length), values), Token);
            await writer.FinishAsync(Token);
        }

        Assert.Equal(bytes, Convert.ToHexStringLower(await FileAsync(Prefix.DataName(0, 1))));
        BundleReader reader = await BundleReader.OpenAsync(_store, Prefix, Token);
        Assert.Equal(crc, reader.Index.Get("s").Entry.Data.MaskedCrc32C);
        Assert.Equal(values, (await reader.ReadAsync("s", Token)).ToStrings());
        await AssertSoundAsync();
    }

    [Fact]
    public async Task AddAsync_SlicesInTwoDataFiles_GiveTheMergedGolden()
    {
        var shape = new TensorShape(3, 2);
        await using (BundleWriter writer = await CreateAsync(new BundleWriterOptions { ShardCount = 2 }))
        {
            await writer.AddAsync(
                new BundleItem("w", TensorDType.Float, shape) { Slice = TensorSlice.Rows(shape, 2, 1), ShardIndex = 1 },
                TensorValue.Of(new TensorShape(1, 2), 5f, 6f), Token);
            await writer.AddAsync(
                new BundleItem("w", TensorDType.Float, shape) { Slice = TensorSlice.Rows(shape, 0, 2) },
                TensorValue.Of(new TensorShape(2, 2), 1f, 2f, 3f, 4f), Token);
            await writer.FinishAsync(Token);
        }

        Assert.Equal(
            "42c516233a4d0ba420a598971ecf55be48ea7239a00c7f56f0f25784f1ac3fec", Convert.ToHexStringLower(SHA256.HashData(await FileAsync(Prefix.IndexName))));
        BundleReader reader = await BundleReader.OpenAsync(_store, Prefix, Token);
        TensorValue w = await reader.ReadAsync("w", Token);
        Assert.Equal([1f, 2, 3, 4, 5, 6], w.ToArray<float>());
    }

    [Fact]
    public async Task AddAsync_ASliceOfEverything_IsAPlainTensor()
    {
        var shape = new TensorShape(2);
        await using (BundleWriter writer = await CreateAsync())
        {
            await writer.AddAsync(
                new BundleItem("w", TensorDType.Float, shape) { Slice = TensorSlice.Rows(shape, 0, 2) },
                TensorValue.Of(shape, 1f, 2f), Token);
            await writer.FinishAsync(Token);
        }

        Assert.False((await BundleIndex.ReadAsync(_store, Prefix, Token)).Get("w").IsPartitioned);
    }

    [Fact]
    public async Task AddAsync_Aligned_LeavesZerosThatVerifyAndCopyKeep()
    {
        await using (BundleWriter writer = await CreateAsync(new BundleWriterOptions { DataAlignmentBytes = 64 }))
        {
            await writer.AddAsync("a", TensorValue.Of(new TensorShape(3), 1f, 2f, 3f), Token);
            await writer.AddAsync("b", TensorValue.OfStrings(TensorShape.Scalar, "x"), Token);
            await writer.FinishAsync(Token);
        }

        byte[] data = await FileAsync(Prefix.DataName(0, 1));
        Assert.Equal(128, data.Length);
        Assert.Equal(64, (await BundleIndex.ReadAsync(_store, Prefix, Token)).Get("b").Entry.Data.OffsetBytes);
        await AssertSoundAsync();

        var copy = new CheckpointPrefix("copy");
        await BundleCopier.CopyAsync(new BundleLocation(_store, Prefix), new BundleLocation(_store, copy), options: null, Token);
        Assert.Equal(data, await FileAsync(copy.DataName(0, 1)));
        Assert.Equal(await FileAsync(Prefix.IndexName), await FileAsync(copy.IndexName));
    }

    [Fact]
    public async Task AddAsync_AStreamOfSeveralBlocks_ReadsBackEqual()
    {
        byte[] bytes = new byte[(20 << 20) + 4];
        new Random(5).NextBytes(bytes);
        var shape = new TensorShape(bytes.Length / 4);
        await using (BundleWriter writer = await CreateAsync())
        {
            await writer.AddAsync("before", TensorValue.Of(TensorShape.Scalar, true), Token);
            await writer.AddAsync(new BundleItem("big", TensorDType.Int32, shape), new MemoryStream(bytes), Token);
            await writer.FinishAsync(Token);
        }

        BundleReader reader = await BundleReader.OpenAsync(_store, Prefix, Token);
        Assert.True((await reader.ReadAsync("big", Token)).Bytes.Span.SequenceEqual(bytes));
        byte[] rows = new byte[8 << 20];
        await reader.ReadRowsAsync("big", 1000, rows.Length / 4, rows, Token);
        Assert.True(bytes.AsSpan(4000, rows.Length).SequenceEqual(rows));
        await AssertSoundAsync();
    }

    [Theory]
    [InlineData(7)]
    [InlineData(9)]
    public async Task AddAsync_AStreamOfAnotherLength_IsRefusedAndClosesTheWriter(int length)
    {
        await using BundleWriter writer = await CreateAsync();

        var refused = await Assert.ThrowsAsync<CheckpointException>(async () =>
            await writer.AddAsync(new BundleItem("a", TensorDType.Float, new TensorShape(2)), new MemoryStream(new byte[length]), Token));

        Assert.Equal(CheckpointError.InvalidArgument, refused.Error);
        await Assert.ThrowsAsync<CheckpointException>(async () => await writer.FinishAsync(Token));
    }

    [Fact]
    public async Task AddAsync_ANameTwice_IsRefused()
    {
        await using BundleWriter writer = await CreateAsync();
        await writer.AddAsync("a", TensorValue.Of(TensorShape.Scalar, 1f), Token);

        var refused = await Assert.ThrowsAsync<CheckpointException>(async () => await writer.AddAsync("a", TensorValue.Of(TensorShape.Scalar, 2f), Token));

        Assert.Contains("Adding duplicate key: a", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FinishAsync_ASliceMissing_IsRefusedAndNothingIsVisible()
    {
        var shape = new TensorShape(4);
        await using (BundleWriter writer = await CreateAsync())
        {
            await writer.AddAsync(
                new BundleItem("w", TensorDType.Float, shape) { Slice = TensorSlice.Rows(shape, 0, 2) },
                TensorValue.Of(new TensorShape(2), 1f, 2f), Token);
            var refused = await Assert.ThrowsAsync<CheckpointException>(async () => await writer.FinishAsync(Token));
            Assert.Contains("a slice is missing", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, await _store.ListAsync("", Token).CountAsync(Token));
    }

    [Fact]
    public async Task DisposeAsync_BeforeFinish_LeavesNothing()
    {
        await using (BundleWriter writer = await CreateAsync())
        {
            await writer.AddAsync("a", TensorValue.Of(TensorShape.Scalar, 1f), Token);
        }

        Assert.Equal(0, await _store.ListAsync("", Token).CountAsync(Token));
    }

    [Fact]
    public async Task CreateAsync_ATakenPrefix_IsRefusedUnlessItMayBeReplaced()
    {
        await WriteOneAsync(1f, options: null);

        var refused = await Assert.ThrowsAsync<CheckpointException>(async () => await CreateAsync());
        Assert.Equal(CheckpointError.AlreadyExists, refused.Error);
        Assert.Contains("overwrite", refused.Message, StringComparison.Ordinal);

        await WriteOneAsync(2f, new BundleWriterOptions { Overwrite = true });
        BundleReader reader = await BundleReader.OpenAsync(_store, Prefix, Token);
        Assert.Equal(2f, (await reader.ReadAsync("a", Token)).ToArray<float>()[0]);
    }

    [Fact]
    public async Task FinishAsync_TheIndexAppearedMeanwhile_TakesItsDataBack()
    {
        await using BundleWriter slow = await CreateAsync(new BundleWriterOptions { ShardCount = 2 });
        await slow.AddAsync("a", TensorValue.Of(TensorShape.Scalar, 1f), Token);
        await WriteOneAsync(2f, options: null);

        var refused = await Assert.ThrowsAsync<CheckpointException>(async () => await slow.FinishAsync(Token));

        Assert.Equal(CheckpointError.AlreadyExists, refused.Error);
        Assert.Equal(2, await _store.ListAsync("", Token).CountAsync(Token));
        await AssertSoundAsync();
    }

    private async Task WriteOneAsync(float value, BundleWriterOptions? options)
    {
        await using BundleWriter writer = await CreateAsync(options);
        await writer.AddAsync("a", TensorValue.Of(TensorShape.Scalar, value), Token);
        await writer.FinishAsync(Token);
    }

    private async Task AssertSoundAsync() => Assert.Empty(await BundleVerifier.VerifyAsync(_store, Prefix, Token).ToListAsync(Token));

    private async Task<byte[]> FileAsync(string name) => (await _store.TryReadAsync(name, int.MaxValue, Token))!.Bytes.ToArray();

    private ValueTask<BundleWriter> CreateAsync(BundleWriterOptions? options = null) => BundleWriter.CreateAsync(_store, Prefix, options, Token);
}
