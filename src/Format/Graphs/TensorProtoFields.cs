using System.Buffers.Binary;
using Cairn.Format.Protos;
using Cairn.Format.Tensors;
using Google.Protobuf;

namespace Cairn.Format.Graphs;

/// <summary>The typed fields of a TensorProto: which one holds the elements of which type.</summary>
/// <remarks><code>
/// float_val float; double_val double; int_val int32 and narrower, quantized too; int64_val; bool_val; uint32_val; uint64_val
/// half_val half and bfloat16, their 16 bits; scomplex_val, dcomplex_val re, im; float8_val one byte each
/// </code>Source: tensorflow/core/framework/tensor.cc (Tensor::AsProtoField).</remarks>
internal static class TensorProtoFields
{
    private delegate void Put<T>(Span<byte> destination, T value);

    /// <summary>Appends one little-endian element. False for a type that has no field of its own; without a value a TensorProto means zeros, so that such a
    /// type still has its zero.</summary>
    public static bool TryAppend(TensorProto tensor, TensorDType dtype, ReadOnlySpan<byte> element)
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
                tensor.Float8Val = ByteString.CopyFrom([.. tensor.Float8Val.Span, element[0]]);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Writes the values that are there to the front of <paramref name="destination"/>, little-endian; those that do not fit are left.</summary>
    /// <returns>How many bytes the values take, all of them counted.</returns>
    public static long CopyTo(TensorProto tensor, TensorDType dtype, Span<byte> destination) => dtype switch
    {
        TensorDType.Float => Copy(tensor.FloatVal, destination, sizeof(float), BinaryPrimitives.WriteSingleLittleEndian),
        TensorDType.Double => Copy(tensor.DoubleVal, destination, sizeof(double), BinaryPrimitives.WriteDoubleLittleEndian),
        TensorDType.Int64 => Copy(tensor.Int64Val, destination, sizeof(long), BinaryPrimitives.WriteInt64LittleEndian),
        TensorDType.UInt32 => Copy(tensor.Uint32Val, destination, sizeof(uint), BinaryPrimitives.WriteUInt32LittleEndian),
        TensorDType.UInt64 => Copy(tensor.Uint64Val, destination, sizeof(ulong), BinaryPrimitives.WriteUInt64LittleEndian),
        TensorDType.Bool => Copy(tensor.BoolVal, destination, sizeof(bool), (bytes, value) => bytes[0] = value ? (byte)1 : (byte)0),
        TensorDType.Complex64 => Copy(tensor.ScomplexVal, destination, sizeof(float), BinaryPrimitives.WriteSingleLittleEndian),
        TensorDType.Complex128 => Copy(tensor.DcomplexVal, destination, sizeof(double), BinaryPrimitives.WriteDoubleLittleEndian),
        TensorDType.Half or TensorDType.BFloat16 =>
            Copy(tensor.HalfVal, destination, sizeof(ushort), (bytes, value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value)),
        >= TensorDType.Float8E5M2 and <= TensorDType.Float8E5M2FNUZ => CopyBytes(tensor.Float8Val.Span, destination),
        _ => dtype.ElementBytes() switch
        {
            1 => Copy(tensor.IntVal, destination, 1, (bytes, value) => bytes[0] = (byte)value),
            2 => Copy(tensor.IntVal, destination, sizeof(ushort), (bytes, value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value)),
            _ => Copy(tensor.IntVal, destination, sizeof(int), BinaryPrimitives.WriteInt32LittleEndian),
        },
    };

    private static long Copy<T>(IList<T> values, Span<byte> destination, int unit, Put<T> put)
    {
        int count = Math.Min(values.Count, destination.Length / unit);
        for (int i = 0; i < count; i++)
        {
            put(destination.Slice(i * unit, unit), values[i]);
        }

        return (long)values.Count * unit;
    }

    private static long CopyBytes(ReadOnlySpan<byte> values, Span<byte> destination)
    {
        values[..Math.Min(values.Length, destination.Length)].CopyTo(destination);
        return values.Length;
    }
}
