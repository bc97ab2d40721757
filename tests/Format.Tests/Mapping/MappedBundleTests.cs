using System.Runtime.InteropServices;
using Cairn.Format.Bundles;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Mapping;
using Cairn.Format.Tensors;
using Cairn.Storage.Local;
using Cairn.Testing;

namespace Cairn.Format.Tests.Mapping;

/// <summary>Checkpoints mapped into memory: the same values, not copied.</summary>
public sealed class MappedBundleTests : IDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Whole =>
        Corpus.Bundles.Count > 0 ? [.. Corpus.Bundles.Where(pair => pair.Value.IsWhole).Select(pair => pair.Key)] : ["none"];

    public static TheoryData<string> Derived => ["slices", "merged3", "hugekey"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Whole))]
    public async Task Read_EveryTensorOfTensorFlow_IsThatOfTheReader(string name)
    {
        Corpus.Require();
        await AssertReadsAsync("tensorflow", Corpus.Bundles[name].Prefix);
    }

    [Theory]
    [MemberData(nameof(Derived))]
    public async Task Read_EveryTensorOfADerivedBundle_IsThatOfTheReader(string name) => await AssertReadsAsync("derived", name);

    [Fact]
    public async Task Read_AWholeTensor_LiesInTheMapping_AndGoesWithIt()
    {
        MappedBundle bundle = MappedBundle.Open(await WriteAsync());
        TensorValue value = bundle.Read("numbers");
        TensorValue rows = bundle.ReadRows("numbers", 1, 1);

        Assert.Equal([1, 2, 3, 4, 5, 6], value.ToArray<int>());
        Assert.Equal([3, 4], rows.ToArray<int>());
        Assert.False(MemoryMarshal.TryGetArray(value.Bytes, out _)); // No array of the runtime's holds it.
        Assert.False(MemoryMarshal.TryGetArray(rows.Bytes, out _));
        bundle.Dispose();
        bundle.Dispose();
        Assert.Throws<ObjectDisposedException>(() => value.ToArray<int>());
        Assert.Throws<ObjectDisposedException>(() => bundle.Read("numbers"));
    }

    [Fact]
    public async Task Read_ADamagedTensor_NamesFileTensorAndPlace_AndTheOthersAreRead()
    {
        string path = await WriteAsync();
        byte[] data = File.ReadAllBytes(path + ".data-00000-of-00001");
        data[0] ^= 1;
        File.WriteAllBytes(path + ".data-00000-of-00001", data);
        using MappedBundle bundle = MappedBundle.Open(path);

        var fault = Assert.Throws<CheckpointException>(() => bundle.Read("numbers"));

        Assert.Equal(CheckpointError.Corrupt, fault.Error);
        Assert.Contains(".data-00000-of-00001' is damaged at byte 0: 'numbers': Checksum does not match", fault.Message, StringComparison.Ordinal);
        Assert.Equal(["a", "", "c"], bundle.Read("strings").ToStrings());
    }

    [Fact]
    public async Task Read_WhatIsNotThere_IsRefusedByName()
    {
        string path = await WriteAsync();
        using MappedBundle bundle = MappedBundle.Open(path);

        AssertRefused(CheckpointError.NotFound, "nearest: 'numbers'", () => bundle.Read("number"));
        AssertRefused(CheckpointError.InvalidArgument, "is a scalar, which has no rows", () => bundle.ReadRows("scalar", 0, 1));
        AssertRefused(CheckpointError.InvalidArgument, "does not fit in 'numbers'", () => bundle.ReadRows("numbers", 2, 2));
        AssertRefused(CheckpointError.NotFound, "There is no checkpoint", () => MappedBundle.Open(path + "0"));
        AssertRefused(CheckpointError.NotFound, "without .index", () => MappedBundle.Open(path + ".index"));
        Assert.Null(bundle.Find("number"));
        Assert.Equal(["numbers", "scalar", "strings"], bundle.List().Select(tensor => tensor.Name));
    }

    [Fact]
    public async Task Read_WithADataFileShortGoneOrAPointer_IsRefusedByName()
    {
        string path = await WriteAsync();
        string data = path + ".data-00000-of-00001";
        File.WriteAllBytes(data, [1, 2, 3]);
        AssertRefused(CheckpointError.Corrupt, "but the file has only 3: it is truncated", () => Read(path));
        File.WriteAllText(data, "version https://git-lfs.github.com/spec/v1\n");
        AssertRefused(CheckpointError.Unsupported, "git lfs pull", () => Read(path));
        File.Delete(data);
        AssertRefused(CheckpointError.NotFound, "is missing, and 'numbers' lies in it", () => Read(path));
        File.WriteAllBytes(path + ".index", []);
        AssertRefused(CheckpointError.Corrupt, "file is too short to be an sstable (0 bytes)", () => Read(path));
    }

    [Fact]
    public void Read_ABigEndianBundle_TurnsEachNumberRound()
    {
        byte[] file = [0, 0, 0, 1, 0, 0, 0, 2];
        var entry = new BundleEntry(TensorDType.Int32, new TensorShape(2), DataRange.Of(0, 0, 8, Crc32C.Append(0, file)));
        var index = new BundleIndex("f", BundleHeader.ForShards(1) with { IsBigEndian = true }, [new BundleRecord("t"u8.ToArray(), entry, 0)], []);
        File.WriteAllBytes(_folder["b.index"], index.ToBytes());
        File.WriteAllBytes(_folder["b.data-00000-of-00001"], file);
        using MappedBundle bundle = MappedBundle.Open(_folder["b"]);

        Assert.Equal([1, 2], bundle.Read("t").ToArray<int>());
    }

    private static void Read(string path)
    {
        using MappedBundle bundle = MappedBundle.Open(path);
        bundle.Read("numbers");
    }

    private static void AssertRefused(CheckpointError error, string message, Action read)
    {
        var refused = Assert.Throws<CheckpointException>(read);
        Assert.Equal(error, refused.Error);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private static async Task AssertReadsAsync(string folder, string prefix)
    {
        BundleReader reader = await BundleReader.OpenAsync(new LocalBlobStore(Corpus.PathOf(folder)), new CheckpointPrefix(prefix), Token);
        using MappedBundle bundle = MappedBundle.Open(Path.Combine(Corpus.PathOf(folder), prefix));
        Assert.Equal(reader.Index.Tensors.Length, bundle.List().Length);
        foreach (BundleTensor tensor in reader.Index.Tensors.Where(tensor => !tensor.Name.Contains('\\', StringComparison.Ordinal)))
        {
            TensorValue expected = await reader.ReadAsync(tensor.Name, Token);
            TensorValue actual = bundle.Read(tensor.Name);
            Assert.Equal(expected.ToString(), actual.ToString());
            Assert.True(expected.Bytes.Span.SequenceEqual(actual.Bytes.Span), tensor.Name);
            Assert.Equal(expected.Elements.Select(element => element.ToArray()), actual.Elements.Select(element => element.ToArray()));
        }
    }

    private async Task<string> WriteAsync()
    {
        await using BundleWriter writer = await BundleWriter.CreateAsync(new LocalBlobStore(_folder.Path), new CheckpointPrefix("m"), null, Token);
        await writer.AddAsync("numbers", TensorValue.Of(new TensorShape(3, 2), 1, 2, 3, 4, 5, 6), Token);
        await writer.AddAsync("strings", TensorValue.OfStrings(new TensorShape(3), "a", "", "c"), Token);
        await writer.AddAsync("scalar", TensorValue.Of(TensorShape.Scalar, 1f), Token);
        await writer.FinishAsync(Token);
        return _folder["m"];
    }
}
