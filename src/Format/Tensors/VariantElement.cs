using System.Collections.Immutable;
using Cairn.Format.Errors;
using Cairn.Format.Graphs;
using Cairn.Format.Protos;
using Google.Protobuf;

namespace Cairn.Format.Tensors;

/// <summary>One element of a variant tensor (the state of a <c>tf.data</c> iterator, a list of tensors): what it is, its own bytes, and tensors. The elements of
/// a <see cref="TensorValue"/> of type <see cref="TensorDType.Variant"/> are the serialised form, <see cref="Bytes"/>.</summary>
/// <remarks><code>
/// VariantTensorDataProto = 1: string type_name, 2: bytes metadata, 3: TensorProto tensors*
/// </code>Source: tensorflow/core/framework/tensor.proto, variant_tensor_data.cc.</remarks>
public sealed class VariantElement
{
    private readonly VariantTensorDataProto _proto;

    private VariantElement(VariantTensorDataProto proto, ReadOnlyMemory<byte> bytes)
    {
        _proto = proto;
        Bytes = bytes;
    }

    /// <summary>What it is, such as <c>tensorflow::Iterator</c>.</summary>
    public string TypeName => _proto.TypeName;

    /// <summary>Bytes that only its own type understands.</summary>
    public ReadOnlyMemory<byte> Metadata => _proto.Metadata.Memory;

    /// <summary>How many tensors it holds.</summary>
    public int TensorCount => _proto.Tensors.Count;

    /// <summary>The serialised element: those that were parsed, unchanged, or what TensorFlow writes for the same parts.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Makes an element of its parts.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: a variant among the tensors does not parse.</exception>
    public static VariantElement Create(string typeName, ReadOnlySpan<byte> metadata, params IEnumerable<TensorValue> tensors)
    {
        VariantTensorDataProto proto = new() { TypeName = typeName, Metadata = ByteString.CopyFrom(metadata) };
        try
        {
            proto.Tensors.AddRange(tensors.Select(TensorProtoCodec.Encode));
        }
        catch (InvalidProtocolBufferException fault)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"A variant inside the variant '{typeName}' is no VariantTensorDataProto: {fault.Message}", fault);
        }

        return new VariantElement(proto, proto.ToByteArray());
    }

    /// <summary>Parses one element of a variant tensor.</summary>
    /// <param name="bytes">All of it; kept.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: <c>Unable to parse VariantTensorDataProto</c>.</exception>
    public static VariantElement Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return new VariantElement(VariantTensorDataProto.Parser.ParseFrom(bytes.Span), bytes);
        }
        catch (InvalidProtocolBufferException fault)
        {
            throw new CheckpointException(
                CheckpointError.Corrupt, $"Unable to parse VariantTensorDataProto from buffer of size {bytes.Length}: {fault.Message}", fault);
        }
    }

    /// <summary>The elements of a variant tensor.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: another type. Else as <see cref="Parse"/>.</exception>
    public static ImmutableArray<VariantElement> Of(TensorValue value) => value.DType == TensorDType.Variant
        ? [.. value.Elements.Select(Parse)]
        : throw new CheckpointException(CheckpointError.InvalidArgument, $"A tensor {value} has no variants.");

    /// <summary>One of its tensors.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <param name="tensorBytesMax">The most memory it may take; a few bytes can stand for a large tensor of one value.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: its values and its shape contradict each other.
    /// <see cref="CheckpointError.LimitExceeded"/>: it is larger than <paramref name="tensorBytesMax"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tensor.</exception>
    public TensorValue ReadTensor(int index, long tensorBytesMax = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)TensorCount, nameof(index));
        try
        {
            return TensorProtoCodec.Decode(_proto.Tensors[index], tensorBytesMax);
        }
        catch (InvalidDataException fault)
        {
            throw new CheckpointException(CheckpointError.Corrupt, $"Tensor {index} of a variant '{TypeName}' is damaged: {fault.Message}", fault);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{TypeName}, {Metadata.Length} bytes of metadata, {TensorCount} tensors";
}
