using System.Globalization;
using Cairn.Format.Protos;
using Cairn.Format.Tensors;

namespace Cairn.Format.Graphs;

/// <summary>Adds the nodes of a saver that is not sharded to a graph, in TensorFlow's order and under its names.</summary>
/// <remarks>
/// <code>
/// save/filename/input, save/filename, save/Const                 the prefix, fed by who saves or restores
/// save/SaveV2/tensor_names, .../shape_and_slices, save/SaveV2     then save/control_dependency, the save tensor
/// save/RestoreV2/tensor_names, .../shape_and_slices, save/RestoreV2
/// save/Assign, save/Assign_1, ...                                 one for each variable
/// save/restore_all
/// </code>
/// </remarks>
internal sealed class SaverNodes(GraphDef graph, string scope)
{
    private const string Cpu = "/device:CPU:0";

    /// <summary>Adds the nodes for <paramref name="saved"/>, keys ascending, and returns what names them.</summary>
    public SaverDef Add(IReadOnlyList<(string Key, GraphVariable Variable)> saved, MetaGraphSaver options)
    {
        AddFileName();
        AddSave(saved);
        AddRestore(saved);

        return new SaverDef
        {
            FilenameTensorName = $"{scope}/Const:0",
            SaveTensorName = $"{scope}/control_dependency:0",
            RestoreOpName = $"{scope}/restore_all",
            MaxToKeep = options.MaxToKeep,
            KeepCheckpointEveryNHours = options.KeepCheckpointEveryNHours,
            Version = SaverDef.Types.CheckpointFormatVersion.V2,
        };
    }

    private void AddFileName()
    {
        AddConst("filename/input", TensorProtos.String("model"));
        foreach ((string name, string input) in (ReadOnlySpan<(string, string)>)[("filename", "filename/input"), ("Const", "filename")])
        {
            Add(name, "PlaceholderWithDefault", $"{scope}/{input}")
                .With(("dtype", Attributes.Of(TensorDType.String)), ("shape", Attributes.Of(TensorShape.Scalar)));
        }
    }

    private void AddSave(IReadOnlyList<(string Key, GraphVariable Variable)> saved)
    {
        AddNames("SaveV2", saved, device: "");
        string[] inputs =
            [$"{scope}/Const", $"{scope}/SaveV2/tensor_names", $"{scope}/SaveV2/shape_and_slices", .. saved.Select(tensor => tensor.Variable.NodeName)];
        Add("SaveV2", "SaveV2", inputs)
            .With(("dtypes", Attributes.Of(saved.Select(tensor => tensor.Variable.DType))));
        Add("control_dependency", "Identity", $"{scope}/Const", $"^{scope}/SaveV2")
            .With(("T", Attributes.Of(TensorDType.String)), ("_class", Attributes.ColocatedWith($"{scope}/Const")));
    }

    private void AddRestore(IReadOnlyList<(string Key, GraphVariable Variable)> saved)
    {
        AddNames("RestoreV2", saved, Cpu);
        Add("RestoreV2", "RestoreV2", $"{scope}/Const", $"{scope}/RestoreV2/tensor_names", $"{scope}/RestoreV2/shape_and_slices")
            .With(("dtypes", Attributes.Of(saved.Select(tensor => tensor.Variable.DType)))).Device = Cpu;

        List<string> assigns = [];
        for (int i = 0; i < saved.Count; i++)
        {
            GraphVariable variable = saved[i].Variable;
            string suffix = i == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"_{i}");
            string value = i == 0 ? $"{scope}/RestoreV2" : string.Create(CultureInfo.InvariantCulture, $"{scope}/RestoreV2:{i}");
            NodeDef assign = Add("Assign" + suffix, "Assign", variable.NodeName, value)
                .With(
                    ("T", Attributes.Of(variable.DType)),
                    ("_class", Attributes.ColocatedWith(variable.ColocatedWith)),
                    ("use_locking", Attributes.Of(true)),
                    ("validate_shape", Attributes.Of(true)));
            assigns.Add("^" + assign.Name);
        }

        assigns.Sort(StringComparer.Ordinal); // As strings, Assign_10 before Assign_2: so does TensorFlow.
        Add("restore_all", "NoOp", [.. assigns]);
    }

    private void AddNames(string op, IReadOnlyList<(string Key, GraphVariable Variable)> saved, string device)
    {
        AddConst(op + "/tensor_names", TensorProtos.Strings([.. saved.Select(tensor => tensor.Key)])).Device = device;
        AddConst(op + "/shape_and_slices", TensorProtos.Strings([.. saved.Select(tensor => tensor.Variable.ShapeAndSlice)])).Device = device;
    }

    private NodeDef AddConst(string name, TensorProto value) =>
        Add(name, "Const").With(("dtype", Attributes.Of(TensorDType.String)), ("value", Attributes.Of(value)));

    private NodeDef Add(string name, string op, params string[] inputs)
    {
        NodeDef node = new() { Name = $"{scope}/{name}", Op = op, Input = { inputs } };
        graph.Node.Add(node);
        return node;
    }
}
