using Cairn.Format.Errors;
using Cairn.Format.Graphs;
using Cairn.Format.Protos;
using Cairn.Format.Tensors;
using Google.Protobuf;

namespace Cairn.Format.Tests.Graphs;

public sealed class MetaGraphReaderTests
{
    public static TheoryData<string> CorpusFiles => [.. Testing.Corpus.Files("*.meta")];

    [Theory]
    [MemberData(nameof(CorpusFiles))]
    public void Parse_AFileOfTensorFlow_IsWrittenBackEqual(string file)
    {
        byte[] bytes = File.ReadAllBytes(Testing.Corpus.PathOf(file));
        MetaGraphDef meta = MetaGraphReader.Parse(bytes, file);
        byte[] again = meta.ToByteArray();

        // Nothing is lost, down to the byte: the C# library leaves out a map's key 0 (2 bytes), which means the same.
        int keysZero = meta.GraphDef.Library?.Function.Count(function => function.ArgAttr.ContainsKey(0)) ?? 0;
        Assert.Equal(bytes.Length, again.Length + (2 * keysZero));
        Assert.Equal(meta, MetaGraphReader.Parse(again, file));
    }

    [Theory]
    [MemberData(nameof(CorpusFiles))]
    public void ListVariables_OfAFileOfTensorFlow_HaveNodesTypesAndKeysOfTheSaver(string file)
    {
        MetaGraphDef meta = MetaGraphReader.Parse(File.ReadAllBytes(Testing.Corpus.PathOf(file)), file);
        MetaGraphVariableInfo[] variables = [.. MetaGraphReader.ListVariables(meta, file)];

        Assert.NotEmpty(variables);
        Assert.All(variables, variable => Assert.True(variable.DType.IsKnown(), variable.Name));
        Assert.All(variables, variable => Assert.NotNull(variable.Shape));

        HashSet<string> saved = [.. meta.GraphDef.Node
            .Where(node => node.Op == "Const" && node.Name.Contains("SaveV2", StringComparison.Ordinal))
            .Where(node => node.Name.EndsWith("/tensor_names", StringComparison.Ordinal))
            .SelectMany(node => node.Attr["value"].Tensor.StringVal).Select(name => name.ToStringUtf8())];
        Assert.NotEmpty(saved);
        Assert.Subset(variables.Select(variable => variable.Key).ToHashSet(), saved);
    }

    [Fact]
    public void ListVariables_OfAPartitionedEstimator_FoldsPartsIntoTheirKey()
    {
        string file = "tensorflow/tf1131-estimator-2shard/model.ckpt-1000.meta";
        MetaGraphDef meta = MetaGraphReader.Parse(File.ReadAllBytes(Testing.Corpus.PathOf(file)), file);
        MetaGraphVariableInfo[] variables = [.. MetaGraphReader.ListVariables(meta, file)];

        MetaGraphVariableInfo part = variables.First(variable => variable.Partition is not null && variable.Name.Contains("part_0", StringComparison.Ordinal));
        Assert.Equal(part.Name[..part.Name.IndexOf("/part_0", StringComparison.Ordinal)], part.Key);
        Assert.Contains(variables, variable => variable.Trainable);
        Assert.Contains(variables, variable => !variable.Trainable);
    }

    [Fact]
    public void ListVariables_WithoutTheCollection_TakesTheNodes()
    {
        MetaGraphDef meta = MetaGraphBuilder.BuildMessage([new MetaGraphVariable("v", TensorDType.Half, new TensorShape(2, 0))], new MetaGraphSaver());
        meta.CollectionDef.Clear();

        Assert.Equal(
            new MetaGraphVariableInfo("v", "v", TensorDType.Half, new TensorShape(2, 0), null, false, false, false, null),
            Assert.Single(MetaGraphReader.ListVariables(meta, "model.meta")));
    }

    [Fact]
    public void ListVariables_OfAShapeThatIsNotFixed_HaveNoShape()
    {
        MetaGraphDef meta = MetaGraphBuilder.BuildMessage([new MetaGraphVariable("v", TensorDType.Half, new TensorShape(2))], new MetaGraphSaver());
        NodeDef node = meta.GraphDef.Node.Single(node => node.Name == "v");
        node.Attr["shape"].Shape.Dim[0].Size = -1;

        Assert.Null(Assert.Single(MetaGraphReader.ListVariables(meta, "model.meta")).Shape);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(-1, 2)]
    [InlineData(long.MaxValue, 2)]
    [InlineData(1, 2)]
    public void ListVariables_OfASliceOutsideItsShape_IsRefused(long start, long length)
    {
        SaveSliceInfoDef slice = new() { FullName = "v", FullShape = { 2 }, VarOffset = { start }, VarShape = { length } };
        VariableDef variable = new() { VariableName = "v:0", SaveSliceInfoDef = slice };
        MetaGraphDef meta = new() { GraphDef = new GraphDef() };
        meta.CollectionDef.Add("variables", new CollectionDef { BytesList = new CollectionDef.Types.BytesList { Value = { variable.ToByteString() } } });

        CheckpointException fault = Assert.Throws<CheckpointException>(() => MetaGraphReader.ListVariables(meta, "a.meta"));
        Assert.StartsWith("'a.meta' is not a binary MetaGraphDef: the slice of variable 'v:0' leaves", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_OtherFiles_AreRefusedWithTheName()
    {
        byte[][] files = [[], "version https://git-lfs.github.com/spec/v1"u8.ToArray(), "meta_info_def {\n}"u8.ToArray(), [0x12, 0xff, 0xff, 0xff, 0xff, 0x07]];
        foreach (byte[] bytes in files)
        {
            CheckpointException fault = Assert.Throws<CheckpointException>(() => MetaGraphReader.Parse(bytes, "dir/a.meta"));
            Assert.Equal(CheckpointError.Corrupt, fault.Error);
            Assert.StartsWith("'dir/a.meta' is not a binary MetaGraphDef: ", fault.Message, StringComparison.Ordinal);
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 30)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Parse_DamagedBytes_IsAGraphOrARefusal(int seed)
    {
        Random random = new(seed);
        byte[] sound = MetaGraphBuilder.Build(
            [new MetaGraphVariable("w", TensorDType.Float, new TensorShape(3, 2)) { PartitionRows = [2, 1], AverageName = "ExponentialMovingAverage" }],
            new MetaGraphSaver());
        for (int round = 0; round < 200; round++)
        {
            byte[] bytes = [.. sound];
            for (int hit = random.Next(1, 6); hit > 0; hit--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            int length = random.Next(3) == 0 ? random.Next(bytes.Length) : bytes.Length;
            Exception? fault = Record.Exception(() => MetaGraphReader.ListVariables(MetaGraphReader.Parse(bytes.AsSpan(0, length), "a.meta"), "a.meta"));
            if (fault is not null)
            {
                Assert.Equal(CheckpointError.Corrupt, Assert.IsType<CheckpointException>(fault).Error);
            }
        }
    }
}
