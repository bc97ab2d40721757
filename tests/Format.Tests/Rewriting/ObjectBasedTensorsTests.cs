using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.ObjectGraphs;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;
using Cairn.Storage.Local;
using Cairn.Storage.Memory;
using Cairn.Testing;

namespace Cairn.Format.Tests.Rewriting;

/// <summary>From names to objects and back, on checkpoints of TensorFlow's.</summary>
public sealed class ObjectBasedTensorsTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly MemoryBlobStore _store = new();

    [Theory]
    [InlineData("tensorflow", "tf1-t2t-transformer-2shard/model.ckpt-1")]
    [InlineData("tensorflow", "tf1-old-string-tensors/foo")]
    [InlineData("derived", "merged3")]
    public async Task FromNames_OfACheckpointOfNames_IsObjectBased_AndBackAgainTheSame(string folder, string prefix)
    {
        var source = new LocalBlobStore(Corpus.PathOf(folder));
        BundleReader names = await BundleReader.OpenAsync(source, new CheckpointPrefix(prefix), Token);

        BundleReader objects = await WriteAsync("ckpt-7", ObjectBasedTensors.FromNames(TensorSources.Of(names), saveCount: 7));
        ObjectGraph graph = await ObjectGraph.ReadAsync(objects, Token);
        BundleReader back = await WriteAsync("back", ObjectBasedTensors.ToNames(objects, graph));

        Assert.Equal(7L, (await objects.ReadAsync(graph.KeyOf("save_counter"), Token)).AsSpan<long>()[0]);
        Assert.DoesNotContain(objects.Index.Tensors, tensor => tensor.IsPartitioned);
        Assert.Equal(names.Index.Tensors.Select(tensor => tensor.Name).Append("save_counter").Order(StringComparer.Ordinal),
            back.Index.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        foreach (BundleTensor tensor in names.Index.Tensors)
        {
            TensorValue expected = await names.ReadAsync(tensor.Name, Token);
            foreach (TensorValue actual in new[] { await objects.ReadAsync(graph.KeyOf(tensor.Name), Token), await back.ReadAsync(tensor.Name, Token) })
            {
                Assert.Equal(expected.ToString(), actual.ToString());
                Assert.True(expected.Bytes.Span.SequenceEqual(actual.Bytes.Span), tensor.Name);
                Assert.Equal(expected.ToStrings(), actual.ToStrings());
            }
        }
    }

    [Fact]
    public async Task ToNames_OfEveryCheckpointOfTensorFlow2_HasItsVariablesUnderTheirFullNames()
    {
        Corpus.Require();
        var source = new LocalBlobStore(Corpus.PathOf("tensorflow"));
        int variables = 0;
        foreach ((string bundle, CorpusBundle expected) in Corpus.Bundles.Where(pair => pair.Value.IsWhole && pair.Value.Tensors.Any(IsGraph)))
        {
            BundleReader reader = await BundleReader.OpenAsync(source, new CheckpointPrefix(expected.Prefix), Token);
            ObjectGraph graph = await ObjectGraph.ReadAsync(reader, Token);

            BundleReader names = await WriteAsync(bundle, ObjectBasedTensors.ToNames(reader, graph));

            foreach ((string name, string key) in graph.KeysByFullName().Where(pair => reader.Index.Find(pair.Value) is not null))
            {
                Assert.Equal(reader.Index.Get(key).Entry.Data.MaskedCrc32C, names.Index.Get(name).Entry.Data.MaskedCrc32C);
                variables++;
            }
        }

        Assert.True(variables > 50, $"{variables}");
    }

    [Fact]
    public async Task FromNames_OfAnObjectBasedCheckpoint_IsRefused()
    {
        Corpus.Require();
        var source = new LocalBlobStore(Corpus.PathOf("tensorflow"));
        BundleReader reader = await BundleReader.OpenAsync(source, new CheckpointPrefix(Corpus.Bundles["sonnet-dropout"].Prefix), Token);

        var refused = Assert.Throws<CheckpointException>(() => ObjectBasedTensors.FromNames(TensorSources.Of(reader)));

        Assert.Equal(CheckpointError.InvalidArgument, refused.Error);
        Assert.Contains("object-based already", refused.Message, StringComparison.Ordinal);
    }

    private static bool IsGraph(CorpusTensor tensor) => tensor.Name == ObjectGraph.Key;

    private async Task<BundleReader> WriteAsync(string prefix, ImmutableArray<TensorSource> tensors)
    {
        await BundleRewriter.WriteAsync(tensors, new BundleLocation(_store, new CheckpointPrefix(prefix)), null, Token);
        Assert.Empty(await BundleVerifier.VerifyAsync(_store, new CheckpointPrefix(prefix), Token).ToListAsync(Token));
        return await BundleReader.OpenAsync(_store, new CheckpointPrefix(prefix), Token);
    }
}
