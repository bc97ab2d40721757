namespace Cairn.Format.Tensors;

/// <summary>What is known of each <see cref="TensorDType"/>: its short name and the bytes of an element.</summary>
public static class TensorDTypes
{
    private static readonly Dictionary<TensorDType, (string Name, int ElementBytes)> Known = new()
    {
        [TensorDType.Float] = ("float", 4),
        [TensorDType.Double] = ("double", 8),
        [TensorDType.Int32] = ("int32", 4),
        [TensorDType.UInt8] = ("uint8", 1),
        [TensorDType.Int16] = ("int16", 2),
        [TensorDType.Int8] = ("int8", 1),
        [TensorDType.String] = ("string", 0),
        [TensorDType.Complex64] = ("complex64", 8),
        [TensorDType.Int64] = ("int64", 8),
        [TensorDType.Bool] = ("bool", 1),
        [TensorDType.QInt8] = ("qint8", 1),
        [TensorDType.QUInt8] = ("quint8", 1),
        [TensorDType.QInt32] = ("qint32", 4),
        [TensorDType.BFloat16] = ("bfloat16", 2),
        [TensorDType.QInt16] = ("qint16", 2),
        [TensorDType.QUInt16] = ("quint16", 2),
        [TensorDType.UInt16] = ("uint16", 2),
        [TensorDType.Complex128] = ("complex128", 16),
        [TensorDType.Half] = ("half", 2),
        [TensorDType.Resource] = ("resource", 0),
        [TensorDType.Variant] = ("variant", 0),
        [TensorDType.UInt32] = ("uint32", 4),
        [TensorDType.UInt64] = ("uint64", 8),
        [TensorDType.Float8E5M2] = ("float8_e5m2", 1),
        [TensorDType.Float8E4M3FN] = ("float8_e4m3fn", 1),
        [TensorDType.Float8E4M3FNUZ] = ("float8_e4m3fnuz", 1),
        [TensorDType.Float8E4M3B11FNUZ] = ("float8_e4m3b11fnuz", 1),
        [TensorDType.Float8E5M2FNUZ] = ("float8_e5m2fnuz", 1),
        [TensorDType.Int4] = ("int4", 1),
        [TensorDType.UInt4] = ("uint4", 1),
        [TensorDType.Int2] = ("int2", 1),
        [TensorDType.UInt2] = ("uint2", 1),
        [TensorDType.Float4E2M1FN] = ("float4_e2m1fn", 1),
    };

    private static readonly Dictionary<string, TensorDType> ByName = Known.ToDictionary(pair => pair.Value.Name, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>True for a type that may occur in a bundle.</summary>
    public static bool IsKnown(this TensorDType dtype) => Known.ContainsKey(dtype);

    /// <summary>True when every element takes the same number of bytes, so that a live variable may have this type.</summary>
    public static bool IsFixedSize(this TensorDType dtype) => Known.TryGetValue(dtype, out var known) && known.ElementBytes > 0;

    /// <summary>Bytes of one element on disk and on the wire; 4-bit types take a byte each, as in TensorFlow's memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type has no fixed size.</exception>
    public static int ElementBytes(this TensorDType dtype) =>
        dtype.IsFixedSize() ? Known[dtype].ElementBytes : throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "The type has no fixed element size.");

    /// <summary>TensorFlow's short name: <c>float</c>, <c>int64</c>, <c>bfloat16</c>, ...</summary>
    public static string ShortName(this TensorDType dtype) => Known.TryGetValue(dtype, out var known) ? known.Name : $"dtype({(int)dtype})";

    /// <summary>Finds a type by its short name.</summary>
    public static bool TryParse(string name, out TensorDType dtype) => ByName.TryGetValue(name, out dtype);
}
