using Cairn.Format.Protos;
using Cairn.Format.Tensors;
using Google.Protobuf;

namespace Cairn.Format.Graphs;

/// <summary>Makes the values of nodes' attributes.</summary>
internal static class Attributes
{
    public static AttrValue Of(TensorDType dtype) => new() { Type = (DataType)dtype };

    public static AttrValue Of(IEnumerable<TensorDType> dtypes) =>
        new() { List = new AttrValue.Types.ListValue { Type = { dtypes.Select(dtype => (DataType)dtype) } } };

    public static AttrValue Of(TensorShape shape) => new() { Shape = ToProto(shape) };

    public static AttrValue Of(string text) => new() { S = ByteString.CopyFromUtf8(text) };

    public static AttrValue Of(bool flag) => new() { B = flag };

    public static AttrValue Of(TensorProto tensor) => new() { Tensor = tensor };

    /// <summary>The attribute <c>_class</c> of a node that must be placed with <paramref name="node"/>.</summary>
    public static AttrValue ColocatedWith(string node) => new() { List = new AttrValue.Types.ListValue { S = { ByteString.CopyFromUtf8("loc:@" + node) } } };

    public static TensorShapeProto ToProto(TensorShape shape) =>
        new() { Dim = { shape.Dimensions.Select(size => new TensorShapeProto.Types.Dim { Size = size }) } };

    /// <summary>Adds attributes in the order of their names, which is how they are written, so that equal graphs are equal bytes.</summary>
    public static NodeDef With(this NodeDef node, params ReadOnlySpan<(string Name, AttrValue Value)> attributes)
    {
        (string Name, AttrValue Value)[] sorted = attributes.ToArray();
        Array.Sort(sorted, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach ((string name, AttrValue value) in sorted)
        {
            node.Attr.Add(name, value);
        }

        return node;
    }
}
