using Cairn.Format.Tensors;

namespace Cairn.Contracts.Tensors;

/// <summary>A <see cref="TensorShape"/> on the wire.</summary>
[GenerateSerializer, Alias("cairn.TensorShape")]
internal struct TensorShapeSurrogate
{
    [Id(0)]
    public long[] Dimensions;
}

[RegisterConverter]
internal sealed class TensorShapeConverter : IConverter<TensorShape, TensorShapeSurrogate>
{
    public TensorShape ConvertFromSurrogate(in TensorShapeSurrogate surrogate) => new(surrogate.Dimensions);

    public TensorShapeSurrogate ConvertToSurrogate(in TensorShape value) => new() { Dimensions = [.. value.Dimensions] };
}
