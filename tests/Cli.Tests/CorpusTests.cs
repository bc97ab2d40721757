using System.Text.Json;
using Cairn.Testing;

namespace Cairn.Cli.Tests;

/// <summary>The command on files that TensorFlow wrote.</summary>
public sealed class CorpusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inspect_AsJson_SaysWhatTheCorpusExpects()
    {
        Corpus.Require();
        foreach (CorpusBundle bundle in Corpus.Bundles.Values)
        {
            CliRun run = await CliRun.RunAsync("inspect", bundle.Path, "--json");

            Assert.Equal((0, string.Empty), (run.Status, run.Error));
            JsonElement[] tensors = [.. JsonDocument.Parse(run.Output).RootElement.GetProperty("tensors").EnumerateArray()];
            Assert.Equal(
                bundle.Tensors.Select(Line).Order(StringComparer.Ordinal),
                tensors.Select(Line).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Copy_OfARawBundle_IsEqualByteForByte()
    {
        Corpus.Require();
        int copied = 0;
        foreach (CorpusBundle bundle in Corpus.Bundles.Values.Where(bundle => bundle is { Snappy: false, IsWhole: true }))
        {
            string source = bundle.Path;
            string copy = _folder[bundle.Prefix];

            CliRun run = await CliRun.RunAsync("copy", source, copy);

            Assert.Equal((0, string.Empty), (run.Status, run.Error));
            AssertSameFiles(source, copy);
            copied++;
        }

        Assert.Equal(32, copied);
    }

    private static void AssertSameFiles(string source, string copy)
    {
        string[] data = Directory.GetFiles(Path.GetDirectoryName(source)!, Path.GetFileName(source) + ".data-*");
        string[] extensions = [".index", ".meta", .. data.Select(file => file[source.Length..])];
        foreach (string extension in extensions.Where(extension => File.Exists(source + extension)))
        {
            Assert.True(File.ReadAllBytes(source + extension).AsSpan().SequenceEqual(File.ReadAllBytes(copy + extension)), $"{copy}{extension} differs.");
        }
    }

    private static string Line(CorpusTensor tensor) =>
        $"{tensor.Name} {tensor.Dtype} [{string.Join(',', tensor.Shape)}] {tensor.Shard} {tensor.Offset} {tensor.Size} {tensor.Crc32CMasked}";

    private static string Line(JsonElement tensor) =>
        $"{tensor.GetProperty("name").GetString()} {tensor.GetProperty("dtype").GetString()} " +
        $"[{string.Join(',', tensor.GetProperty("shape").EnumerateArray())}] {tensor.GetProperty("shard")} " +
        $"{tensor.GetProperty("offset")} {tensor.GetProperty("size")} {tensor.GetProperty("crc32c").GetString()}";
}
