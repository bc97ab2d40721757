using System.Buffers.Binary;
using Cairn.Format.Errors;
using Cairn.Format.Protos;
using Cairn.Format.Tensors;
using Google.Protobuf;

namespace Cairn.Format.Graphs;

/// <summary>Makes TensorProtos in the forms of TensorFlow's <c>make_tensor_proto</c>.</summary>
internal static class TensorProtos
{
    /// <summary>A tensor all of whose elements are <paramref name="element"/>: the full shape and one value, whatever its size.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: not the bytes of one element; or a type for which a graph has no
    /// such form.</exception>
    public static TensorProto Splat(string variable, TensorDType dtype, TensorShape shape, ReadOnlySpan<byte> element)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes = bytes[..dtype.ElementBytes()];
        bytes.Clear();
        if (element.Length != 0 && element.Length != bytes.Length)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"The initial element of variable '{variable}' has {element.Length} bytes; one {dtype.ShortName()} has {bytes.Length}.");
        }

        element.CopyTo(bytes);
        TensorProto tensor = new() { Dtype = (DataType)dtype, TensorShape = Attributes.ToProto(shape) };
        if (!TryAdd(tensor, dtype, bytes) && bytes.ContainsAnyExcept((byte)0))
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"A graph cannot hold an initial element of type {dtype.ShortName()} (variable '{variable}'): begin with zeros, or save without .meta.");
        }

        return tensor;
    }

    /// <summary>A vector of strings.</summary>
    public static TensorProto Strings(IReadOnlyCollection<string> values) => new()
    {
        Dtype = DataType.DtString,
        TensorShape = Attributes.ToProto(new TensorShape(values.Count)),
        StringVal = { values.Select(ByteString.CopyFromUtf8) },
    };

    /// <summary>A string.</summary>
    public static TensorProto String(string value) => new()
    {
        Dtype = DataType.DtString,
        TensorShape = new TensorShapeProto(),
        StringVal = { ByteString.CopyFromUtf8(value) },
    };

    // Without a value a TensorProto means zeros, so that a type whose field is not known still has its zero.
    private static bool TryAdd(TensorProto tensor, TensorDType dtype, ReadOnlySpan<byte> element)
    {
        switch (dtype)
        {
            case TensorDType.Float:
                tensor.FloatVal.Add(BinaryPrimitives.ReadSingleLittleEndian(element));
                return true;
            case TensorDType.Double:
                tensor.DoubleVal.Add(BinaryPrimitives.ReadDoubleLittleEndian(element));
                return true;
            case TensorDType.Int32 or TensorDType.QInt32:
                tensor.IntVal.Add(BinaryPrimitives.ReadInt32LittleEndian(element));
                return true;
            case TensorDType.Int16 or TensorDType.QInt16:
                tensor.IntVal.Add(BinaryPrimitives.ReadInt16LittleEndian(element));
                return true;
            case TensorDType.UInt16 or TensorDType.QUInt16:
                tensor.IntVal.Add(BinaryPrimitives.ReadUInt16LittleEndian(element));
                return true;
            case TensorDType.Int8 or TensorDType.QInt8 or TensorDType.Int4 or TensorDType.Int2:
                tensor.IntVal.Add((sbyte)element[0]);
                return true;
            case TensorDType.UInt8 or TensorDType.QUInt8 or TensorDType.UInt4 or TensorDType.UInt2:
                tensor.IntVal.Add(element[0]);
                return true;
            case TensorDType.Int64:
                tensor.Int64Val.Add(BinaryPrimitives.ReadInt64LittleEndian(element));
                return true;
            case TensorDType.UInt32:
                tensor.Uint32Val.Add(BinaryPrimitives.ReadUInt32LittleEndian(element));
                return true;
            case TensorDType.UInt64:
                tensor.Uint64Val.Add(BinaryPrimitives.ReadUInt64LittleEndian(element));
                return true;
            case TensorDType.Bool:
                tensor.BoolVal.Add(element[0] != 0);
                return true;
            case TensorDType.Half or TensorDType.BFloat16:
                tensor.HalfVal.Add(BinaryPrimitives.ReadUInt16LittleEndian(element));
                return true;
            case TensorDType.Complex64:
                tensor.ScomplexVal.Add([BinaryPrimitives.ReadSingleLittleEndian(element), BinaryPrimitives.ReadSingleLittleEndian(element[4..])]);
                return true;
            case TensorDType.Complex128:
                tensor.DcomplexVal.Add([BinaryPrimitives.ReadDoubleLittleEndian(element), BinaryPrimitives.ReadDoubleLittleEndian(element[8..])]);
                return true;
            case >= TensorDType.Float8E5M2 and <= TensorDType.Float8E5M2FNUZ:
                tensor.Float8Val = ByteString.CopyFrom(element);
                return true;
            default:
                return false;
        }
    }
}
