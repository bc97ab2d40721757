using Cairn.Format.Errors;
using Cairn.Format.Graphs;
using Cairn.Format.Protos;
using Cairn.Format.Tensors;
using Google.Protobuf;

namespace Cairn.Format.Tests.Graphs;

public sealed class MetaGraphBuilderTests
{
    private static readonly MetaGraphVariable Weights = new("w", TensorDType.Float, new TensorShape(3, 2))
    {
        PartitionRows = [2, 1],
        AverageName = "ExponentialMovingAverage",
        InitialElement = BitConverter.GetBytes(1.5f),
    };

    private static readonly MetaGraphVariable Bias = new("b", TensorDType.Double, new TensorShape(2)) { AverageName = "ExponentialMovingAverage" };

    private static readonly MetaGraphVariable Step = new("global_step", TensorDType.Int64, TensorShape.Scalar) { Trainable = false };

    private static readonly MetaGraphVariable[] Model = [Weights, Step, Bias];

    [Fact]
    public void Build_AModel_HoldsEveryNodeThatItsInputsName()
    {
        MetaGraphDef meta = MetaGraphBuilder.BuildMessage(Model, new MetaGraphSaver());
        Dictionary<string, NodeDef> nodes = meta.GraphDef.Node.ToDictionary(node => node.Name);

        foreach (string input in meta.GraphDef.Node.SelectMany(node => node.Input))
        {
            Assert.Contains(input.TrimStart('^').Split(':')[0], nodes.Keys);
        }

        foreach (NodeDef node in meta.GraphDef.Node)
        {
            Assert.Equal(node.Attr.Keys.Order(StringComparer.Ordinal), node.Attr.Keys);
        }
    }

    [Fact]
    public void Build_AModel_SavesKeysInOrder_WithSlicesAndTypes()
    {
        MetaGraphDef meta = MetaGraphBuilder.BuildMessage(Model, new MetaGraphSaver());
        string[] keys = ["b", "b/ExponentialMovingAverage", "global_step", "w", "w", "w/ExponentialMovingAverage", "w/ExponentialMovingAverage"];
        string[] slices = ["", "", "", "3 2 0,2:0,2", "3 2 2,1:0,2", "3 2 0,2:0,2", "3 2 2,1:0,2"];
        DataType[] types = [DataType.DtDouble, DataType.DtDouble, DataType.DtInt64, DataType.DtFloat, DataType.DtFloat, DataType.DtFloat, DataType.DtFloat];

        foreach (string op in (string[])["SaveV2", "RestoreV2"])
        {
            Assert.Equal(keys, StringsOf(meta, $"save/{op}/tensor_names"));
            Assert.Equal(slices, StringsOf(meta, $"save/{op}/shape_and_slices"));
            Assert.Equal(types, NodeOf(meta, $"save/{op}").Attr["dtypes"].List.Type);
        }

        Assert.Equal(
            [
                "save/Const", "save/SaveV2/tensor_names", "save/SaveV2/shape_and_slices", "b", "b/ExponentialMovingAverage", "global_step",
                "w/part_0", "w/part_1", "w/part_0/ExponentialMovingAverage", "w/part_1/ExponentialMovingAverage",
            ],
            NodeOf(meta, "save/SaveV2").Input);
        Assert.Equal(["w/part_1/ExponentialMovingAverage", "save/RestoreV2:6"], NodeOf(meta, "save/Assign_6").Input);
        Assert.Equal("loc:@w/part_1", NodeOf(meta, "save/Assign_6").Attr["_class"].List.S[0].ToStringUtf8());
        Assert.Equal("/device:CPU:0", NodeOf(meta, "save/RestoreV2").Device);
        Assert.Equal("", NodeOf(meta, "save/SaveV2").Device);
    }

    [Fact]
    public void Build_ManyVariables_RestoresAllInTheOrderOfStrings()
    {
        MetaGraphVariable[] many = [.. Enumerable.Range(0, 12).Select(i => new MetaGraphVariable($"v{i:D2}", TensorDType.Float, TensorShape.Scalar))];
        NodeDef all = NodeOf(MetaGraphBuilder.BuildMessage(many, new MetaGraphSaver()), "save/restore_all");

        Assert.Equal("NoOp", all.Op);
        Assert.Equal(["^save/Assign", "^save/Assign_1", "^save/Assign_10", "^save/Assign_11", "^save/Assign_2"], all.Input.Take(5));
        Assert.Equal(12, all.Input.Count);
    }

    [Fact]
    public void Build_TheFileNameNodes_AreTheRealBytesWithoutOutputShapes()
    {
        MetaGraphDef meta = MetaGraphBuilder.BuildMessage(Model, new MetaGraphSaver());

        NodeDef file = NodeOf(meta, "save/Const");
        Assert.Equal("PlaceholderWithDefault", file.Op);
        Assert.Equal(["save/filename"], file.Input);
        Assert.Equal("3007", Convert.ToHexStringLower(file.Attr["dtype"].ToByteArray()));
        Assert.Equal("3a00", Convert.ToHexStringLower(file.Attr["shape"].ToByteArray()));
        Assert.Equal("420b080712004205" + "6d6f64656c", Convert.ToHexStringLower(NodeOf(meta, "save/filename/input").Attr["value"].ToByteArray()));
        Assert.Equal("0a11120f6c6f633a40736176652f436f6e7374", Convert.ToHexStringLower(NodeOf(meta, "save/control_dependency").Attr["_class"].ToByteArray()));
    }

    [Fact]
    public void Build_TheSaverDefAndVersions_AreTheRealBytes()
    {
        MetaGraphDef meta = MetaGraphBuilder.BuildMessage(Model, new MetaGraphSaver());

        Assert.Equal(
            "0a0c736176652f436f6e73743a301219736176652f636f6e74726f6c5f646570656e64656e63793a301a10736176652f726573746f72655f616c6c200535" + "00401c463802",
            Convert.ToHexStringLower(meta.SaverDef.ToByteArray()));
        Assert.Equal("081b", Convert.ToHexStringLower(meta.GraphDef.Versions.ToByteArray()));
        Assert.Equal("1.15.0", meta.MetaInfoDef.TensorflowVersion);
    }

    [Fact]
    public void Build_AnInitialValue_IsOneElementAndTheFullShape()
    {
        MetaGraphDef meta = MetaGraphBuilder.BuildMessage(Model, new MetaGraphSaver());
        TensorProto value = NodeOf(meta, "w/part_0/Initializer/Const").Attr["value"].Tensor;

        Assert.Equal([2L, 2L], value.TensorShape.Dim.Select(dimension => dimension.Size));
        Assert.Equal([1.5f], value.FloatVal);
        Assert.Equal("08091200" + "520100", Convert.ToHexStringLower(NodeOf(meta, "global_step/Initializer/Const").Attr["value"].Tensor.ToByteArray()));
    }

    [Fact]
    public void Build_EqualInputInAnyOrder_IsEqualBytes()
    {
        byte[] bytes = MetaGraphBuilder.Build(Model, new MetaGraphSaver());

        Assert.Equal(bytes, MetaGraphBuilder.Build([Bias, Weights, Step], new MetaGraphSaver()));
        Assert.Equal(bytes, MetaGraphReader.Parse(bytes, "model.meta").ToByteArray());
    }

    [Fact]
    public void Build_ThenListVariables_TellsWhatWasGiven()
    {
        MetaGraphDef meta = MetaGraphReader.Parse(MetaGraphBuilder.Build(Model, new MetaGraphSaver()), "model.meta");
        Dictionary<string, MetaGraphVariableInfo> variables = MetaGraphReader.ListVariables(meta, "model.meta").ToDictionary(variable => variable.Name);

        Assert.Equal(7, variables.Count);
        Assert.Equal(
            new MetaGraphVariableInfo("b", "b", TensorDType.Double, new TensorShape(2), null, false, true, true, "b/ExponentialMovingAverage"), variables["b"]);
        Assert.Equal(
            new MetaGraphVariableInfo("global_step", "global_step", TensorDType.Int64, TensorShape.Scalar, null, false, false, false, null),
            variables["global_step"]);
        Assert.Equal(
            new MetaGraphVariableInfo(
                "w/part_1", "w", TensorDType.Float, new TensorShape(1, 2),
                new MetaGraphPartition(new TensorShape(3, 2), TensorSlice.Rows(new TensorShape(3, 2), 2, 1)), false, true, true, "w/ExponentialMovingAverage"),
            variables["w/part_1"]);
        Assert.False(variables["w/part_0/ExponentialMovingAverage"].Trainable);
        Assert.Equal(["moving_average_variables", "trainable_variables", "variables"], meta.CollectionDef.Keys);
    }

    [Fact]
    public void Build_TheModelOfAFileOfTensorFlow_HasItsNodesAndSaver()
    {
        const string File = "tensorflow/tf1110-t2o-regression-frozen/model.meta";
        MetaGraphDef real = MetaGraphReader.Parse(System.IO.File.ReadAllBytes(Testing.Corpus.PathOf(File)), File);
        MetaGraphDef ours = MetaGraphBuilder.BuildMessage(
            [.. MetaGraphReader.ListVariables(real, File).Select(variable => new MetaGraphVariable(variable.Name, variable.DType, variable.Shape!))], new MetaGraphSaver());

        string[] made = ["W", "W/read", "b", "b/read"];
        NodeDef[] expected = [.. real.GraphDef.Node.Where(node => node.Name.StartsWith("save/", StringComparison.Ordinal) || made.Contains(node.Name))];
        foreach (NodeDef node in expected)
        {
            node.Attr.Remove("_output_shapes");
            if (node.Name != "save/Const") // A plain constant before TensorFlow 1.13.
            {
                Assert.Equal(node, NodeOf(ours, node.Name));
            }
        }

        Assert.Equal(15, expected.Length);
        Assert.Equal(real.SaverDef, ours.SaverDef);
        Assert.Equal(real.GraphDef.Versions, ours.GraphDef.Versions);
    }

    [Fact]
    public void Build_ANameMap_SavesUnderItsKeys()
    {
        MetaGraphSaver saver = new() { MaxToKeep = 0, Tensors = [new("z", "b/ExponentialMovingAverage"), new("a", "w")] };
        MetaGraphDef meta = MetaGraphBuilder.BuildMessage(Model, saver);

        Assert.Equal(["a", "a", "z"], StringsOf(meta, "save/SaveV2/tensor_names"));
        Assert.Equal(["w/part_0", "w/part_1", "b/ExponentialMovingAverage"], NodeOf(meta, "save/SaveV2").Input.Skip(3));
        Assert.Equal(0, meta.SaverDef.MaxToKeep);
    }

    [Fact]
    public void Build_NamesThatMeetThoseOfNodes_KeepTheVariablesNames()
    {
        MetaGraphVariable[] model =
            [.. ((string[])["a", "a/read", "a/Assign", "save/Const", "save_1"])
                .Select(name => new MetaGraphVariable(name, TensorDType.Float, TensorShape.Scalar))];
        MetaGraphDef meta = MetaGraphBuilder.BuildMessage(model, new MetaGraphSaver());

        Assert.Equal(meta.GraphDef.Node.Count, meta.GraphDef.Node.Select(node => node.Name).Distinct().Count());
        Assert.Equal("VariableV2", NodeOf(meta, "a/read").Op);
        Assert.Equal("Identity", NodeOf(meta, "a/read_1").Op);
        Assert.Equal("save_2/Const:0", meta.SaverDef.FilenameTensorName);
        Assert.Contains(MetaGraphReader.ListVariables(meta, "model.meta"), variable => variable.Name == "a/read");
    }

    [Fact]
    public void Build_EveryFixedSizeType_HasAnInitialiser()
    {
        MetaGraphVariable[] model =
            [.. Enum.GetValues<TensorDType>().Where(dtype => dtype.IsFixedSize())
                .Select(dtype => new MetaGraphVariable(dtype.ShortName(), dtype, new TensorShape(7)))];
        MetaGraphDef meta = MetaGraphBuilder.BuildMessage(model, new MetaGraphSaver());

        foreach (MetaGraphVariable variable in model)
        {
            Assert.Equal((DataType)variable.DType, NodeOf(meta, variable.Name + "/Initializer/Const").Attr["value"].Tensor.Dtype);
        }
    }

    [Fact]
    public void Build_WhatNoGraphCanHold_IsRefusedWithItsName()
    {
        MetaGraphVariable variable = new("v", TensorDType.Float, new TensorShape(4));
        (string Word, MetaGraphVariable[] Model, MetaGraphSaver Saver)[] cases =
        [
            ("No variables to save", [], new()),
            ("same name: v", [variable, variable], new()),
            ("same name: v/m", [variable with { AverageName = "m", PartitionRows = [2, 2] }, variable with { Name = "v/m" }], new()),
            ("'a b'", [variable with { Name = "a b" }], new()),
            ("'_v'", [variable with { Name = "_v" }], new()),
            ("[1,2] rows", [variable with { PartitionRows = [1, 2] }], new()),
            ("rows", [variable with { PartitionRows = [5, -1] }], new()),
            ("rows", [variable with { PartitionRows = [long.MaxValue, long.MaxValue, 6] }], new()),
            ("string", [variable with { DType = TensorDType.String }], new()),
            ("has 3 bytes", [variable with { InitialElement = new byte[3] }], new()),
            ("float4_e2m1fn", [variable with { DType = TensorDType.Float4E2M1FN, InitialElement = new byte[] { 1 } }], new()),
            ("one key: k", [variable], new() { Tensors = [new("k", "v"), new("k", "v")] }),
            ("'x'", [variable], new() { Tensors = [new("k", "x")] }),
        ];

        foreach ((string word, MetaGraphVariable[] model, MetaGraphSaver saver) in cases)
        {
            CheckpointException fault = Assert.Throws<CheckpointException>(() => MetaGraphBuilder.Build(model, saver));
            Assert.Equal(CheckpointError.InvalidArgument, fault.Error);
            Assert.Contains(word, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Build_WhatMightPassTwoGigabytes_IsRefusedBeforeItIsBuilt()
    {
        MetaGraphVariable variable =
            new(new string('n', 1_000_000), TensorDType.Float, new TensorShape(100)) { PartitionRows = [.. Enumerable.Repeat(1L, 100)] };

        Assert.Equal(CheckpointError.LimitExceeded, Assert.Throws<CheckpointException>(() => MetaGraphBuilder.Build([variable], new MetaGraphSaver())).Error);
    }

    [Fact]
    public void Build_TheBoundOfTheLength_IsNeverBelowTheLength()
    {
        // One variable each, so that what is measured is the bound of a variable and not its share of a sum.
        MetaGraphVariable[] wide =
            [.. Model, new("deep", TensorDType.Complex128, new TensorShape([.. Enumerable.Repeat(1L, 200)])) { AverageName = "m", PartitionRows = [1] }];
        foreach (MetaGraphVariable variable in wide)
        {
            Assert.InRange(MetaGraphBuilder.Build([variable], new MetaGraphSaver()).Length, 1, MetaGraphBuilder.BoundBytes(variable));
        }
    }

    private static NodeDef NodeOf(MetaGraphDef meta, string name) => meta.GraphDef.Node.Single(node => node.Name == name);

    private static IEnumerable<string> StringsOf(MetaGraphDef meta, string node) =>
        NodeOf(meta, node).Attr["value"].Tensor.StringVal.Select(value => value.ToStringUtf8());
}
