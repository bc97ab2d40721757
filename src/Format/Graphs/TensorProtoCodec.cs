using System.Collections.Immutable;
using Cairn.Format.Errors;
using Cairn.Format.Protos;
using Cairn.Format.Tensors;
using Google.Protobuf;

namespace Cairn.Format.Graphs;

/// <summary>Tensors as protocol buffers carry them, in constants of graphs and inside variants.</summary>
internal static class TensorProtoCodec
{
    // An element of varying length takes its reference beside its bytes.
    private const int ReferenceBytes = 16;

    /// <summary>The typed form (Tensor::AsProtoField), which TensorFlow uses inside variants.</summary>
    public static TensorProto Encode(TensorValue value)
    {
        TensorProto proto = new() { Dtype = (DataType)value.DType, TensorShape = Attributes.ToProto(value.Shape) };
        if (value.DType == TensorDType.String)
        {
            proto.StringVal.AddRange(value.Elements.Select(element => ByteString.CopyFrom(element.Span)));
        }
        else if (value.DType == TensorDType.Variant)
        {
            proto.VariantVal.AddRange(value.Elements.Select(element => VariantTensorDataProto.Parser.ParseFrom(element.Span)));
        }
        else if (value.DType is >= TensorDType.Float8E5M2 and <= TensorDType.Float8E5M2FNUZ)
        {
            proto.Float8Val = ByteString.CopyFrom(value.Bytes.Span);
        }
        else
        {
            EncodeNumbers(proto, value);
        }

        return proto;
    }

    /// <summary>The tensor of any of the forms: <c>tensor_content</c>, or typed values of which the last fills the rest; without any, zeros.</summary>
    /// <param name="proto">What was parsed.</param>
    /// <param name="bytesMax">The most memory that it may take: a small message can name a large shape.</param>
    /// <exception cref="InvalidDataException">Values and shape contradict each other, or the type cannot be carried so.</exception>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: it would take more than <paramref name="bytesMax"/>.</exception>
    public static TensorValue Decode(TensorProto proto, long bytesMax)
    {
        var dtype = (TensorDType)proto.Dtype;
        TensorShape shape = ToShape(proto.TensorShape);
        return dtype switch
        {
            TensorDType.String => DecodeElements(dtype, shape, [.. proto.StringVal.Select(value => value.Memory)], bytesMax),
            TensorDType.Variant => DecodeElements(
                dtype, shape, [.. proto.VariantVal.Select(value => (ReadOnlyMemory<byte>)value.ToByteArray())], bytesMax),
            _ when dtype.IsFixedSize() => DecodeNumbers(proto, dtype, shape, bytesMax),
            _ => throw new InvalidDataException($"a tensor of type {dtype.ShortName()} has no value outside its process"),
        };
    }

    private static void EncodeNumbers(TensorProto proto, TensorValue value)
    {
        int unit = value.DType.ElementBytes();
        ReadOnlySpan<byte> bytes = value.Bytes.Span;
        for (int at = 0; at < bytes.Length; at += unit)
        {
            if (!TensorProtoFields.TryAppend(proto, value.DType, bytes.Slice(at, unit)))
            {
                proto.TensorContent = ByteString.CopyFrom(bytes);
                return;
            }
        }
    }

    private static TensorValue DecodeNumbers(TensorProto proto, TensorDType dtype, TensorShape shape, long bytesMax)
    {
        Int128 needed = (Int128)shape.ElementCount * dtype.ElementBytes();
        CheckMemory(dtype, shape, needed, bytesMax);
        if (!proto.TensorContent.IsEmpty)
        {
            return proto.TensorContent.Length == needed
                ? TensorValue.FromBytes(dtype, shape, proto.TensorContent.Memory)
                : throw new InvalidDataException($"{proto.TensorContent.Length} bytes of content are not a tensor {dtype.ShortName()} {shape}");
        }

        byte[] bytes = new byte[(int)needed];
        long stored = TensorProtoFields.CopyTo(proto, dtype, bytes);
        int unit = dtype.ElementBytes();
        if (stored > bytes.Length || stored % unit != 0)
        {
            throw new InvalidDataException($"values of {stored} bytes are not a tensor {dtype.ShortName()} {shape}");
        }

        if (stored > 0)
        {
            Repeat(bytes, (int)stored - unit, unit);
        }

        return TensorValue.FromBytes(dtype, shape, bytes);
    }

    // The last value, at lastBegin, fills the rest.
    private static void Repeat(byte[] bytes, int lastBegin, int unit)
    {
        for (int at = lastBegin + unit; at < bytes.Length;)
        {
            int length = Math.Min(at - lastBegin, bytes.Length - at);
            bytes.AsSpan(lastBegin, length).CopyTo(bytes.AsSpan(at));
            at += length;
        }
    }

    private static TensorValue DecodeElements(TensorDType dtype, TensorShape shape, ReadOnlyMemory<byte>[] values, long bytesMax)
    {
        CheckMemory(dtype, shape, (Int128)shape.ElementCount * ReferenceBytes, bytesMax);
        if (values.Length > shape.ElementCount)
        {
            throw new InvalidDataException($"{values.Length} values are more than a tensor {dtype.ShortName()} {shape} has");
        }

        var elements = new ReadOnlyMemory<byte>[shape.ElementCount];
        values.CopyTo(elements, 0);
        elements.AsSpan(values.Length).Fill(values.Length > 0 ? values[^1] : default);
        return TensorValue.FromElements(dtype, shape, ImmutableArray.Create(elements));
    }

    private static void CheckMemory(TensorDType dtype, TensorShape shape, Int128 neededBytes, long bytesMax)
    {
        if (neededBytes > Math.Min(bytesMax, Array.MaxLength))
        {
            throw new CheckpointException(
                CheckpointError.LimitExceeded, $"A tensor {dtype.ShortName()} {shape} would take {neededBytes} bytes of memory, over the limit of {bytesMax}.");
        }
    }

    private static TensorShape ToShape(TensorShapeProto? proto)
    {
        long[] sizes = [.. (proto?.Dim ?? []).Take(TensorShape.RankMax + 1).Select(dimension => dimension.Size)];
        return proto?.UnknownRank != true && sizes.Length <= TensorShape.RankMax && TensorShape.CountElements(sizes) is not null
            ? new TensorShape(sizes)
            : throw new InvalidDataException($"Invalid tensor shape: [{string.Join(',', sizes.Take(TensorShape.RankMax))}]");
    }
}
