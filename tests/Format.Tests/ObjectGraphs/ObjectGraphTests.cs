using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.ObjectGraphs;
using Cairn.Format.Tensors;
using Cairn.Storage.Local;
using Cairn.Storage.Memory;
using Cairn.Testing;

namespace Cairn.Format.Tests.ObjectGraphs;

/// <summary>TF2 checkpoints by their objects.</summary>
public sealed class ObjectGraphTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    public static TheoryData<string> ObjectBased
    {
        get
        {
            string[] names = [.. Corpus.Bundles.Where(pair => pair.Value.Tensors.Any(IsReadableGraph)).Select(pair => pair.Key)];
            return names.Length > 0 ? [.. names] : ["none"];
        }
    }

    [Theory]
    [MemberData(nameof(ObjectBased))]
    public async Task ReadAsync_AGraphOfTensorFlow_NamesEveryTensorByThePathThatItsKeySpells(string name)
    {
        Corpus.Require();
        BundleReader reader = await OpenAsync(name);

        ObjectGraph graph = await ObjectGraph.ReadAsync(reader, Token);

        // Objects are saved under the shortest way to them, so that the path and the key say the same; and every key is one of the bundle's.
        Assert.All(graph.Tensors, tensor => Assert.Equal(tensor.Key, ObjectPaths.Key(tensor.Path, tensor.Attribute.Name)));
        Assert.Equal(
            reader.Index.Tensors.Select(tensor => tensor.Name).Where(key => key != ObjectGraph.Key),
            graph.Tensors.Select(tensor => tensor.Key).Where(key => reader.Index.Find(key) is not null).Distinct().Order(StringComparer.Ordinal));
        Assert.All(graph.Tensors, tensor => Assert.Equal(tensor.Key, graph.KeyOf(tensor.Path, tensor.Attribute.Name)));
    }

    [Theory]
    [MemberData(nameof(ObjectBased))]
    public async Task ToBytes_OfAGraphOfTensorFlow_WithoutWhatIsPassedOver_IsTheSame(string name)
    {
        Corpus.Require();
        BundleReader reader = await OpenAsync(name);
        byte[] stored = (await reader.ReadAsync(ObjectGraph.Key, Token)).Elements[0].ToArray();

        byte[] written = ObjectGraph.Parse(stored, name).ToBytes();

        Assert.Equal(written, ObjectGraph.Parse(written, name).ToBytes());
        Assert.True(written.Length <= stored.Length);
        if (written.Length == stored.Length)
        {
            Assert.Equal(stored, written);
        }
    }

    [Fact]
    public async Task KeyOf_AVariableOfTensorFlow_ReadsIt()
    {
        Corpus.Require();
        BundleReader reader = await OpenAsync("tf220rc2-lso-ckpt-2shard");
        ObjectGraph graph = await ObjectGraph.ReadAsync(reader, Token);

        ObjectTensor slot = graph.Tensors.First(tensor => tensor.IsSlot);
        ObjectTensor variable = graph.Tensors.First(tensor => tensor is { IsSlot: false, IsVariable: true });

        Assert.Contains("/.OPTIMIZER_SLOT/", slot.Path, StringComparison.Ordinal);
        Assert.Equal(reader.Index.Get(slot.Key).Shape, (await reader.ReadAsync(graph.KeyOf(slot.Path), Token)).Shape);
        Assert.NotNull(graph.Find(variable.Path));
    }

    [Fact]
    public async Task KeysByFullName_OfTensorFlow_MapNamesToKeysThatAreThere()
    {
        Corpus.Require();
        int mapped = 0;
        foreach ((string name, CorpusBundle bundle) in Corpus.Bundles.Where(pair => pair.Value.Tensors.Any(IsReadableGraph)))
        {
            BundleReader reader = await OpenAsync(name);
            IReadOnlyDictionary<string, string> keys = (await ObjectGraph.ReadAsync(reader, Token)).KeysByFullName();
            string[] absent = [.. keys.Values.Where(key => reader.Index.Find(key) is null)];
            Assert.Equal(name == "tf240-uninit" ? ["sub_module/uninitialized_variable/.ATTRIBUTES/VARIABLE_VALUE"] : [], absent);
            mapped += keys.Count;
        }

        Assert.True(mapped > 50, $"{mapped}");
    }

    [Theory]
    [InlineData("a.b/c", "a..b.Sc")]
    [InlineData("a.S", "a..S")]
    [InlineData("..", "....")]
    [InlineData("layer-1", "layer-1")]
    public void Escape_AName_ReadsBack(string name, string escaped)
    {
        Assert.Equal(escaped, ObjectPaths.Escape(name));
        Assert.Equal(name, ObjectPaths.Unescape(escaped));
    }

    [Fact]
    public void Find_AnyWayInACircle_IsTheObject()
    {
        ObjectGraph graph = new(
            [
                new ObjectNode([new ObjectChild(1, "child.s"), new ObjectChild(0, "self")], [], []),
                new ObjectNode([new ObjectChild(0, "parent")], [new ObjectAttribute("VARIABLE_VALUE", "v", "child..s/.ATTRIBUTES/VARIABLE_VALUE")], []),
            ],
            "f");

        Assert.Same(graph.Nodes[1], graph.Find("self/child..s/parent/child..s"));
        Assert.Same(graph.Nodes[0], graph.Find(""));
        Assert.Null(graph.Find("nobody"));
        Assert.Equal("child..s", Assert.Single(graph.Tensors).Path);
        var missing = Assert.Throws<CheckpointException>(() => graph.KeyOf("child..t"));
        Assert.Equal(CheckpointError.NotFound, missing.Error);
        Assert.Contains("nearest: 'child..s'", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0a02" + "0a05", "runs past the end")]
    [InlineData("0a05" + "0a03" + "1201ff", "not UTF-8")]
    [InlineData("0a04" + "0a02" + "0807", "refers to node 7, but has 1")]
    public void Parse_DamagedBytes_IsCorrupt(string bytes, string reason)
    {
        var fault = Assert.Throws<CheckpointException>(() => ObjectGraph.Parse(Convert.FromHexString(bytes), "ckpt-1.index"));

        Assert.Equal(CheckpointError.Corrupt, fault.Error);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.Contains("ckpt-1.index", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_OfAChainThatWouldTakeItsSquare_AreNamedByTheirKeys()
    {
        const int Count = 20_000;
        string name = new('n', 100);
        ObjectGraph graph = new(
            [.. Enumerable.Range(0, Count).Select(id => new ObjectNode(
                id + 1 < Count ? [new ObjectChild(id + 1, name)] : [], [new ObjectAttribute("VARIABLE_VALUE", "", $"k{id}/.ATTRIBUTES/VARIABLE_VALUE")], []))],
            "f");

        Assert.Equal(Count, graph.Tensors.Length);
        Assert.Equal("k19999", graph.Tensors[^1].Path);
        Assert.True(graph.Tensors.Sum(tensor => (long)tensor.Path.Length) < 10_000_000);
    }

    [Fact]
    public async Task Build_AModelOfNames_IsReadByPathAndByName()
    {
        var store = new MemoryBlobStore();
        var graph = new ObjectGraphBuilder();
        await using (BundleWriter writer = await BundleWriter.CreateAsync(store, new CheckpointPrefix("ckpt-1"), null, Token))
        {
            foreach ((string name, float value) in new[] { ("dense/kernel", 1f), ("dense/kernel/ExponentialMovingAverage", 2f), ("v1.0", 3f) })
            {
                await writer.AddAsync(graph.AddVariable(name), TensorValue.Of(TensorShape.Scalar, value), Token);
            }

            await writer.AddAsync(graph.AddSlot("dense/kernel", "optimizer", "m", "dense/kernel/Adam"), TensorValue.Of(TensorShape.Scalar, 4f), Token);
            await writer.AddAsync(graph.AddVariable(ObjectGraphBuilder.SaveCounter), TensorValue.Of(TensorShape.Scalar, 1L), Token);
            await writer.AddAsync(ObjectGraph.Key, graph.Build().ToTensor(), Token);
            await writer.FinishAsync(Token);
        }

        BundleReader reader = await BundleReader.OpenAsync(store, new CheckpointPrefix("ckpt-1"), Token);
        ObjectGraph read = await ObjectGraph.ReadAsync(reader, Token);

        Assert.Equal(
            [
                "dense/kernel/.ATTRIBUTES/VARIABLE_VALUE", "dense/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE",
                "dense/kernel/ExponentialMovingAverage/.ATTRIBUTES/VARIABLE_VALUE", "save_counter/.ATTRIBUTES/VARIABLE_VALUE",
                "v1..0/.ATTRIBUTES/VARIABLE_VALUE",
            ],
            reader.Index.Tensors.Select(tensor => tensor.Name).Skip(1));
        Assert.Equal(["", "dense", "optimizer", "save_counter", "v1..0"], new[] { "" }.Concat(read.Nodes[0].Children.Select(c => ObjectPaths.Escape(c.LocalName))));
        Assert.Equal("v1..0/.ATTRIBUTES/VARIABLE_VALUE", read.KeysByFullName()["v1.0"]);
        Assert.Equal("dense/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE", read.KeysByFullName()["dense/kernel/Adam"]);
        Assert.All(read.Tensors, tensor => Assert.Equal(tensor.Key, ObjectPaths.Key(tensor.Path)));
        Assert.Single(read.Find("optimizer")!.Slots);
    }

    [Fact]
    public void AddVariable_AnEmptyPartOrANameTwice_IsRefused()
    {
        var graph = new ObjectGraphBuilder();
        graph.AddVariable("a");

        Assert.All(
            new[] { "a", "", "b//c", "/d" },
            name => Assert.Equal(CheckpointError.InvalidArgument, Assert.Throws<CheckpointException>(() => graph.AddVariable(name)).Error));
        Assert.Equal(CheckpointError.InvalidArgument, Assert.Throws<CheckpointException>(() => graph.AddSlot("nobody", "o", "m", "")).Error);
    }

    [Fact]
    public async Task ReadAsync_ANameBasedCheckpoint_SaysSo()
    {
        var store = new MemoryBlobStore();
        await using (BundleWriter writer = await BundleWriter.CreateAsync(store, new CheckpointPrefix("m"), null, Token))
        {
            await writer.FinishAsync(Token);
        }

        BundleReader reader = await BundleReader.OpenAsync(store, new CheckpointPrefix("m"), Token);

        var refused = await Assert.ThrowsAsync<CheckpointException>(async () => await ObjectGraph.ReadAsync(reader, Token));
        Assert.Equal(CheckpointError.NotFound, refused.Error);
        Assert.Contains("is name-based", refused.Message, StringComparison.Ordinal);
    }

    private static bool IsReadableGraph(CorpusTensor tensor) => tensor is { Name: ObjectGraph.Key, Sha1: not null };

    private static async Task<BundleReader> OpenAsync(string name) => await BundleReader.OpenAsync(
        new LocalBlobStore(Corpus.PathOf("tensorflow")), new CheckpointPrefix(Corpus.Bundles[name].Prefix), Token);
}
