using System.Text;
using Cairn.Format.Protos;
using Google.Protobuf;

namespace Cairn.Format.Tests.Graphs;

/// <summary>Messages against bytes of public files (the format specification, 5.4, 6.2, 6.3, 6.5).</summary>
public sealed class ProtosTests
{
    private static readonly SaverDef Saver = new()
    {
        FilenameTensorName = "save/Const:0",
        SaveTensorName = "save/control_dependency:0",
        RestoreOpName = "save/restore_all",
        MaxToKeep = 5,
        KeepCheckpointEveryNHours = 10000,
        Version = SaverDef.Types.CheckpointFormatVersion.V2,
    };

    [Fact]
    public void SaverDef_NotSharded_IsTheRealBytes() =>
        Assert.Equal(
            Bytes("0a 0c", "save/Const:0", "12 19", "save/control_dependency:0", "1a 10", "save/restore_all", "20 05 35 00 40 1c 46 38 02"),
            Saver.ToByteArray());

    [Fact]
    public void SaverDef_Sharded_IsTheRealBytes()
    {
        SaverDef sharded = Saver.Clone();
        sharded.SaveTensorName = "save/Identity:0";
        sharded.Sharded = true;

        Assert.Equal(
            Bytes("0a 0c", "save/Const:0", "12 0f", "save/Identity:0", "1a 10", "save/restore_all", "20 05 28 01 35 00 40 1c 46 38 02"),
            sharded.ToByteArray());
    }

    [Fact]
    public void VariableDef_IsTheRealBytes()
    {
        VariableDef variable = new()
        {
            VariableName = "Variable:0",
            InitializerName = "Variable/Assign",
            SnapshotName = "Variable/read:0",
            InitialValueName = "mul:0",
            Trainable = true,
        };

        Assert.Equal(Bytes("0a 0a", "Variable:0", "12 0f", "Variable/Assign", "1a 0f", "Variable/read:0", "32 05", "mul:0", "38 01"), variable.ToByteArray());
    }

    [Fact]
    public void SaveSliceInfoDef_IsTheRealBytes()
    {
        SaveSliceInfoDef slice = new() { FullName = "dnn/hiddenlayer_0/weights", FullShape = { 4, 10 }, VarOffset = { 0, 0 }, VarShape = { 4, 10 } };

        Assert.Equal(Bytes("0a 19", "dnn/hiddenlayer_0/weights", "12 02 04 0a 1a 02 00 00 22 02 04 0a"), slice.ToByteArray());
    }

    [Fact]
    public void NodeDef_OfTheRealBytes_IsReadAndWrittenBack()
    {
        byte[] bytes = Bytes(
            "0a13", "save/filename/input", "1205", "Const", "2a16 0a05", "value", "120d 420b 0807 1200 4205", "model", "2a0b 0a05", "dtype",
            "1202 3007 2a16 0a0e", "_output_shapes", "1204 0a02 3a00");
        NodeDef node = NodeDef.Parser.ParseFrom(bytes);

        Assert.Equal("model", node.Attr["value"].Tensor.StringVal[0].ToStringUtf8());
        Assert.Equal(DataType.DtString, node.Attr["dtype"].Type);
        Assert.Equal(bytes, node.ToByteArray());
    }

    [Fact]
    public void TensorProto_OfTheRealBytes_IsReadAndWrittenBack()
    {
        byte[] bytes = Bytes("08 03 12 04 12 02 08 02 22 08 00 19 00 00 c8 00 00 00");
        TensorProto tensor = TensorProto.Parser.ParseFrom(bytes);

        Assert.Equal(DataType.DtInt32, tensor.Dtype);
        Assert.Equal(8, tensor.TensorContent.Length);
        Assert.Equal(bytes, tensor.ToByteArray());
    }

    /// <summary>Joins parts that are, in turn, bytes in hexadecimal and text.</summary>
    private static byte[] Bytes(params string[] parts) =>
        [.. parts.SelectMany((part, index) => index % 2 == 0
            ? Convert.FromHexString(part.Replace(" ", "", StringComparison.Ordinal))
            : Encoding.UTF8.GetBytes(part))];
}
