using System.Text.Json.Serialization;

namespace Cairn.Testing;

/// <summary>One bundle of the corpus, as <c>expected.json</c> describes it.</summary>
/// <param name="Prefix">Below <c>tensorflow/</c>.</param>
/// <param name="Snappy">True when a block of the index is compressed.</param>
/// <param name="NumShards">Data files by the header.</param>
/// <param name="ShardsPresent">Those that are in the corpus.</param>
/// <param name="Tensors">All entries.</param>
public sealed record CorpusBundle(string Prefix, bool Snappy, int NumShards, int[] ShardsPresent, CorpusTensor[] Tensors)
{
    /// <summary>True when every data file is there.</summary>
    public bool IsWhole => ShardsPresent.Length == NumShards;

    /// <summary>The prefix as a path in the file system.</summary>
    public string Path => Corpus.PathOf(System.IO.Path.Combine("tensorflow", Prefix));
}

/// <summary>One tensor of a bundle of the corpus.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Dtype">TensorFlow's short name.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Shard">Its data file.</param>
/// <param name="Offset">Where it begins there.</param>
/// <param name="Size">Its bytes on disk.</param>
/// <param name="Crc32CMasked">Eight hex digits.</param>
/// <param name="Sha1">Of the bytes on disk; null when the data file is not there.</param>
public sealed record CorpusTensor(
    string Name,
    string Dtype,
    long[] Shape,
    int Shard,
    long Offset,
    long Size,
    [property: JsonPropertyName("crc32c_masked")] string Crc32CMasked,
    string? Sha1);
