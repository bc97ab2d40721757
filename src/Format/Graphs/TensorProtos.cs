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
        if (!TensorProtoFields.TryAppend(tensor, dtype, bytes) && bytes.ContainsAnyExcept((byte)0))
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
}
