using Cairn.Format.Bundles;
using Cairn.Format.Tensors;
using Cairn.Testing;

namespace Cairn.Format.Tests.Bundles;

/// <summary>The indexes that TensorFlow wrote.</summary>
public sealed class CorpusIndexTests
{
    public static TheoryData<string> Names => Corpus.Bundles.Count > 0 ? [.. Corpus.Bundles.Keys] : ["none"];

    public static TheoryData<string> Derived => ["slices", "merged3", "multiblock", "hugekey"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_AnIndexOfTensorFlow_ListsWhatIsExpected(string name)
    {
        Corpus.Require();
        CorpusBundle expected = Corpus.Bundles[name];

        BundleIndex index = Read(expected.Path);

        Assert.Equal(expected.NumShards, index.ShardCount);
        Assert.Equal(1, index.Producer);
        Assert.Equal(
            expected.Tensors.Select(t => $"{t.Name} {t.Dtype} [{string.Join(',', t.Shape)}] {t.Shard} {t.Offset} {t.Size} {t.Crc32CMasked}")
                .Order(StringComparer.Ordinal),
            index.Tensors.Select(Describe).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ToBytes_OfARawIndexOfTensorFlow_GivesTheSameFile(string name)
    {
        Corpus.Require();
        CorpusBundle bundle = Corpus.Bundles[name];
        byte[] file = File.ReadAllBytes(bundle.Path + ".index");

        byte[] written = BundleIndex.Parse(file, name).ToBytes();

        if (bundle.Snappy)
        {
            Assert.Equal(written, BundleIndex.Parse(written, name).ToBytes());
            Assert.True(written.Length > file.Length, "the source was compressed");
        }
        else
        {
            Assert.Equal(file, written);
        }
    }

    [Theory]
    [MemberData(nameof(Derived))]
    public void ToBytes_OfADerivedIndex_GivesTheSameFile(string name)
    {
        byte[] file = File.ReadAllBytes(Corpus.PathOf($"derived/{name}.index"));

        Assert.Equal(file, BundleIndex.Parse(file, name).ToBytes());
    }

    [Theory]
    [InlineData("merged3")]
    [InlineData("multiblock")]
    [InlineData("hugekey")]
    public void IndexWriter_GivenTheTensorsOfADerivedIndex_WritesTheSameFile(string name)
    {
        byte[] file = File.ReadAllBytes(Corpus.PathOf($"derived/{name}.index"));
        BundleIndex index = BundleIndex.Parse(file, name);
        var writer = new BundleIndexWriter();
        foreach (BundlePart part in index.Tensors.Reverse().SelectMany(tensor => tensor.Parts))
        {
            writer.AddSlice(part.TensorName, part.Entry.DType, index.Get(part.TensorName).Shape, part.Slice, part.Entry.Data);
        }

        Assert.Equal(file, writer.ToBytes(index.ShardCount));
    }

    private static BundleIndex Read(string prefix) => BundleIndex.Parse(File.ReadAllBytes(prefix + ".index"), prefix + ".index");

    private static string Describe(BundleTensor tensor)
    {
        DataRange data = tensor.Entry.Data;
        return $"{tensor.Name} {tensor.DType.ShortName()} {tensor.Shape} {data.ShardIndex} {data.OffsetBytes} {data.LengthBytes} {data.MaskedCrc32C:x8}";
    }
}
