using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Cairn.Format.Errors;

namespace Cairn.Format.Tensors;

/// <summary>A tensor in memory. Types of fixed size have <see cref="Bytes"/>, row-major and little-endian; strings and variants have <see cref="Elements"/>.
/// The memory is shared with whoever made it, not copied.</summary>
public sealed class TensorValue
{
    private static readonly Dictionary<Type, TensorDType> DTypes = new()
    {
        [typeof(float)] = TensorDType.Float,
        [typeof(double)] = TensorDType.Double,
        [typeof(int)] = TensorDType.Int32,
        [typeof(byte)] = TensorDType.UInt8,
        [typeof(short)] = TensorDType.Int16,
        [typeof(sbyte)] = TensorDType.Int8,
        [typeof(long)] = TensorDType.Int64,
        [typeof(bool)] = TensorDType.Bool,
        [typeof(ushort)] = TensorDType.UInt16,
        [typeof(uint)] = TensorDType.UInt32,
        [typeof(ulong)] = TensorDType.UInt64,
        [typeof(Half)] = TensorDType.Half,
        [typeof(Complex)] = TensorDType.Complex128,
    };

    private TensorValue(TensorDType dtype, TensorShape shape, ReadOnlyMemory<byte> bytes, ImmutableArray<ReadOnlyMemory<byte>> elements)
    {
        DType = dtype;
        Shape = shape;
        Bytes = bytes;
        Elements = elements;
    }

    /// <summary>The type of the elements.</summary>
    public TensorDType DType { get; }

    /// <summary>The shape.</summary>
    public TensorShape Shape { get; }

    /// <summary>The elements of a fixed-size type, row-major, little-endian; empty for strings and variants.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The bytes of each string, or each variant's serialised VariantTensorDataProto; empty for fixed-size types.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Elements { get; }

    /// <summary>A tensor of a fixed-size type.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the number of bytes contradicts dtype and shape.</exception>
    public static TensorValue FromBytes(TensorDType dtype, TensorShape shape, ReadOnlyMemory<byte> bytes) =>
        dtype.IsFixedSize() && bytes.Length == (Int128)shape.ElementCount * dtype.ElementBytes()
            ? new TensorValue(dtype, shape, bytes, [])
            : throw Bad($"{bytes.Length} bytes are not a tensor {dtype.ShortName()} {shape}.");

    /// <summary>A tensor of strings or variants.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the number of elements contradicts the shape, or the type has a
    /// fixed size.</exception>
    public static TensorValue FromElements(TensorDType dtype, TensorShape shape, ImmutableArray<ReadOnlyMemory<byte>> elements) =>
        dtype is TensorDType.String or TensorDType.Variant && elements.Length == shape.ElementCount
            ? new TensorValue(dtype, shape, default, elements)
            : throw Bad($"{elements.Length} elements are not a tensor {dtype.ShortName()} {shape}.");

    /// <summary>A tensor of <paramref name="values"/>, row-major; the type follows from <typeparamref name="T"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: no dtype is a <typeparamref name="T"/>, or the count contradicts
    /// the shape.</exception>
    public static TensorValue Of<T>(TensorShape shape, params ReadOnlySpan<T> values)
        where T : unmanaged =>
        FromBytes(DTypeOf<T>(), shape, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>A tensor of strings, stored as UTF-8.</summary>
    public static TensorValue OfStrings(TensorShape shape, params IEnumerable<string> values) =>
        FromElements(TensorDType.String, shape, [.. values.Select(value => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(value))]);

    /// <summary>The elements as numbers.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: they are of another size than <typeparamref name="T"/>.</exception>
    public ReadOnlySpan<T> AsSpan<T>()
        where T : unmanaged =>
        DType.IsFixedSize() && DType.ElementBytes() == Unsafe.SizeOf<T>()
            ? MemoryMarshal.Cast<byte, T>(Bytes.Span)
            : throw Bad($"A tensor {DType.ShortName()} {Shape} has no elements of type {typeof(T).Name}.");

    /// <summary>A copy of the elements as numbers; as <see cref="AsSpan{T}"/>.</summary>
    public T[] ToArray<T>()
        where T : unmanaged => AsSpan<T>().ToArray();

    /// <summary>The elements as text, UTF-8; wrong bytes become replacement characters.</summary>
    public IReadOnlyList<string> ToStrings() => [.. Elements.Select(element => Encoding.UTF8.GetString(element.Span))];

    /// <inheritdoc/>
    public override string ToString() => $"{DType.ShortName()} {Shape}";

    private static TensorDType DTypeOf<T>() =>
        DTypes.TryGetValue(typeof(T), out TensorDType dtype) ? dtype : throw Bad($"No dtype is a {typeof(T).Name}; use FromBytes.");

    private static CheckpointException Bad(string message) => new(CheckpointError.InvalidArgument, message);
}
