using System.IO.Compression;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Exchange;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;
using Cairn.Format.Tests.Rewriting;
using Cairn.Storage.Local;
using Cairn.Testing;
using CsCheck;

namespace Cairn.Format.Tests.Exchange;

/// <summary>Archives of arrays, judged by numpy where it is there.</summary>
public sealed class NpzTests : IDisposable
{
    // Every type that both have, a scalar, an empty array, a name with a slash and one that is not ASCII.
    private const string Arrays = """
        arrays = {
            'float': np.array([[1.5, -2], [np.inf, 4]], np.float32), 'double': np.array(0.1), 'half': np.arange(5).astype(np.float16),
            'int8': np.array([-1], np.int8), 'uint8': np.array([255], np.uint8), 'int16': np.array([-300], np.int16), 'uint16': np.array([65535], np.uint16),
            'int32': np.arange(24, dtype=np.int32).reshape(2, 3, 4), 'uint32': np.array([1], np.uint32), 'int64': np.array(-7), 'uint64': np.array([2**64-1], np.uint64),
            'bool': np.array([True, False]), 'complex64': np.array([1+2j], np.complex64), 'complex128': np.array([1+2j]),
            'layer/kernel': np.zeros((0, 3), np.float32), 'größe': np.array([b'a', b'bcd']),
        }
        arrays = {key: arrays[key] for key in sorted(arrays)}

        """;

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly TemporaryFolder _folder = new();
    private readonly SmallCheckpoint _small = new();

    private ExchangeBlob Blob => new(new LocalBlobStore(_folder.Path), "a.npz");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WriteAsync_WhatNumpySaved_HasTheSameFilesInTheSameOrder()
    {
        await Numpy.RunAsync(Arrays + "np.savez(sys.argv[1], **arrays)", _folder["a.npz"]);

        await BundleRewriter.WriteAsync(await NpzReader.OpenAsync(Blob, Token), _small.At("b"), null, Token);
        await NpzWriter.WriteAsync(await _small.SourcesAsync("b"), Blob with { Name = "b.npz" }, null, Token);

        List<string> own = await EntriesAsync("b.npz");
        Assert.Equal(16, own.Count);
        Assert.Equal(await EntriesAsync("a.npz"), own);
    }

    [Fact]
    public async Task WriteAsync_CompressedColumnMajorAndBigEndianArrays_ComeBackEqual()
    {
        await Numpy.RunAsync(
            Arrays + """
            def turned(a): return np.array(a.astype(a.dtype.newbyteorder('>')), order='F')
            np.savez_compressed(sys.argv[1], **{key: turned(array) for key, array in arrays.items()}, text=np.array(['äö', 'x']))
            """,
            _folder["a.npz"]);

        await BundleRewriter.WriteAsync(await NpzReader.OpenAsync(Blob, Token), _small.At("b"), null, Token);
        await NpzWriter.WriteAsync(await _small.SourcesAsync("b"), Blob with { Name = "b.npz" }, null, Token);

        string said = await Numpy.RunAsync(
            Arrays + """
            read = np.load(sys.argv[1])
            assert sorted(read.files) == sorted([*arrays, 'text']), read.files
            for key, array in arrays.items():
                assert read[key].dtype == array.dtype and read[key].shape == array.shape and (read[key] == array).all(), key
            assert [text.decode() for text in read['text']] == ['äö', 'x']
            print('equal')
            """,
            _folder["b.npz"]);
        Assert.Equal("equal", said.Trim());
    }

    [Fact]
    public async Task WriteAsync_BFloat16_IsFloat32Exactly_AndV2ComesIn()
    {
        byte[] bits = [0x80, 0x3f, 0x01, 0x00, 0x80, 0x7f];
        TensorSource[] tensors = await _small.WriteAsync("a", ("v", TensorValue.FromBytes(TensorDType.BFloat16, new TensorShape(3), bits)));
        await NpzWriter.WriteAsync(tensors, Blob, null, Token);

        string said = await Numpy.RunAsync(
            """
            v = np.load(sys.argv[1])['v']
            print(v.dtype, v.view(np.uint32))
            np.savez(sys.argv[2], v=(v.view(np.uint32) >> 16).astype(np.uint16).view('V2'))
            """,
            _folder["a.npz"],
            _folder["b.npz"]);

        TensorSource back = Assert.Single(await NpzReader.OpenAsync(Blob with { Name = "b.npz" }, Token));
        await BundleRewriter.WriteAsync([back], _small.At("b"), null, Token);
        Assert.Equal("float32 [1065353216      65536 2139095040]", said.Trim());
        Assert.Equal(TensorDType.BFloat16, back.DType);
        Assert.Equal(bits, (await (await _small.OpenAsync("b")).ReadAsync("v", Token)).Bytes.ToArray());
    }

    [Theory]
    [InlineData("np.array([object()])")]
    [InlineData("np.array(['2020-01-01'], 'datetime64[D]')")]
    [InlineData("np.zeros(2, [('a', 'f4'), ('b', 'i4')])")]
    public async Task OpenAsync_ObjectsDatesAndRecords_AreRefused(string array)
    {
        await Numpy.RunAsync($"np.savez(sys.argv[1], v={array})".Replace("object()", "{}", StringComparison.Ordinal), _folder["a.npz"]);

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => NpzReader.OpenAsync(Blob, Token).AsTask());

        Assert.Equal(CheckpointError.Unsupported, fault.Error);
        Assert.Contains("v.npy", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_ALargeArray_IsReadTwice_AndOtherReadersAgree()
    {
        byte[] large = new byte[NpzWriter.HeldBytesMax + 1000];
        new Random(5).NextBytes(large);
        TensorSource[] tensors = await _small.WriteAsync("a", ("v", TensorValue.FromBytes(TensorDType.UInt8, new TensorShape(large.Length), large)));

        await NpzWriter.WriteAsync(tensors, Blob, null, Token);

        using ZipArchive archive = await ZipFile.OpenReadAsync(_folder["a.npz"], Token);
        using MemoryStream content = new();
        await (await Assert.Single(archive.Entries).OpenAsync(Token)).CopyToAsync(content, Token);
        Assert.True(large.AsSpan().SequenceEqual(content.ToArray().AsSpan(128)));
        await BundleRewriter.WriteAsync(await NpzReader.OpenAsync(Blob, Token), _small.At("b"), null, Token);
        byte[] back = await _small.ReadAsync<byte>("b", "v");
        Assert.True(large.AsSpan().SequenceEqual(back));
    }

    [Fact]
    public async Task OpenAsync_AFlippedByteOrACut_IsCorruptOrTheSame()
    {
        TensorSource[] tensors = await _small.WriteAsync("a", ("v", TensorValue.Of(new TensorShape(3), 1f, 2f, 3f)), ("w", TensorValue.Of(TensorShape.Scalar, 7L)));
        await NpzWriter.WriteAsync(tensors, new ExchangeBlob(_small.Store, "a.npz"), null, Token);
        byte[] whole = (await _small.Store.TryReadAsync("a.npz", 1 << 20, Token))!.Bytes.ToArray();

        for (int length = 0; length < whole.Length; length++)
        {
            await AssertRefusedOrEqualAsync(whole[..length], canBeEqual: false);
        }

        for (int at = 0; at < whole.Length; at++)
        {
            byte[] flipped = [.. whole];
            flipped[at] ^= 0x21;
            await AssertRefusedOrEqualAsync(flipped, canBeEqual: true);
        }
    }

    [Fact]
    public async Task WriteAsync_AStringThatEndsInAZero_IsRefused()
    {
        TensorSource[] tensors = await _small.WriteAsync("a", ("s", TensorValue.OfStrings(new TensorShape(1), "x\0")));

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => NpzWriter.WriteAsync(tensors, Blob, null, Token).AsTask());

        Assert.Equal(CheckpointError.Unsupported, fault.Error);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path));
    }

    [Fact]
    public void Crc32_InPiecesOfAnySize_IsTheSame()
    {
        Assert.Equal(0xCBF43926, Crc32.Append(0, "123456789"u8));
        Gen.Select(Gen.Byte.Array[0, 100], Gen.Int[0, 100]).Sample((bytes, cut) =>
        {
            cut = Math.Min(cut, bytes.Length);
            Assert.Equal(Crc32.Append(0, bytes), Crc32.Append(Crc32.Append(0, bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
        });
    }

    private async Task<List<string>> EntriesAsync(string name)
    {
        List<string> entries = [];
        using ZipArchive archive = await ZipFile.OpenReadAsync(_folder[name], Token);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using MemoryStream content = new();
            await using Stream stream = await entry.OpenAsync(Token);
            await stream.CopyToAsync(content, Token);
            entries.Add($"{entry.FullName} {entry.LastWriteTime:O} {entry.ExternalAttributes} {entry.Crc32} {Convert.ToHexString(content.ToArray())}");
        }

        return entries;
    }

    private async Task AssertRefusedOrEqualAsync(byte[] file, bool canBeEqual)
    {
        await _small.Store.TryWriteAsync("x.npz", file, default, Token);
        try
        {
            foreach (TensorSource tensor in await NpzReader.OpenAsync(new ExchangeBlob(_small.Store, "x.npz"), Token))
            {
                using MemoryStream content = new();
                using Stream stream = await tensor.OpenAsync(null, Token);
                await stream.CopyToAsync(content, Token);
                byte[] expected = tensor.Shape.Rank == 0 ? BitConverter.GetBytes(7L) : [.. ((float[])[1, 2, 3]).SelectMany(BitConverter.GetBytes)];
                Assert.Equal(expected, content.ToArray());
            }

            Assert.True(canBeEqual);
        }
        catch (CheckpointException fault)
        {
            Assert.True(fault.Error is CheckpointError.Corrupt or CheckpointError.Unsupported, fault.Message);
        }
    }
}
