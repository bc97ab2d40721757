using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Cairn.Format.Tensors;

/// <summary>One element of a tensor of fixed element size, for those who look at it: exact, but not fast.</summary>
public readonly record struct TensorElement
{
    private TensorElement(double real, double? imaginary, Int128? integer, string text)
    {
        Real = real;
        Imaginary = imaginary;
        Integer = integer;
        Text = text;
    }

    /// <summary>The value as a double (the real part of a complex one); 64-bit integers are rounded.</summary>
    public double Real { get; }

    /// <summary>The imaginary part, or null when the type is not complex.</summary>
    public double? Imaginary { get; }

    /// <summary>The exact value of an integer or a bool (0 or 1), or null.</summary>
    public Int128? Integer { get; }

    /// <summary>The shortest text that reads back as the same value: <c>0.1</c>, <c>7</c>, <c>True</c>, <c>(1.0+2.0j)</c>.</summary>
    public string Text { get; }

    /// <summary>Reads one little-endian element.</summary>
    /// <param name="dtype">A type of fixed element size.</param>
    /// <param name="bytes">Exactly one element.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type has no fixed size.</exception>
    public static TensorElement Read(TensorDType dtype, ReadOnlySpan<byte> bytes) => dtype switch
    {
        TensorDType.Float => OfFloat(BinaryPrimitives.ReadSingleLittleEndian(bytes)),
        TensorDType.Double => OfDouble(BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
        TensorDType.Half => OfHalf(BinaryPrimitives.ReadHalfLittleEndian(bytes)),
        TensorDType.BFloat16 => OfFloat(BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16)),
        TensorDType.Int8 or TensorDType.QInt8 or TensorDType.Int4 or TensorDType.Int2 => OfInteger((sbyte)bytes[0]),
        TensorDType.UInt8 or TensorDType.QUInt8 or TensorDType.UInt4 or TensorDType.UInt2 => OfInteger(bytes[0]),
        TensorDType.Int16 or TensorDType.QInt16 => OfInteger(BinaryPrimitives.ReadInt16LittleEndian(bytes)),
        TensorDType.UInt16 or TensorDType.QUInt16 => OfInteger(BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        TensorDType.Int32 or TensorDType.QInt32 => OfInteger(BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        TensorDType.UInt32 => OfInteger(BinaryPrimitives.ReadUInt32LittleEndian(bytes)),
        TensorDType.Int64 => OfInteger(BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        TensorDType.UInt64 => OfInteger(BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
        TensorDType.Bool => new TensorElement(bytes[0] == 0 ? 0 : 1, null, bytes[0] == 0 ? 0 : 1, bytes[0] == 0 ? "False" : "True"),
        TensorDType.Complex64 => OfComplex(Read(TensorDType.Float, bytes[..4]), Read(TensorDType.Float, bytes[4..])),
        TensorDType.Complex128 => OfComplex(Read(TensorDType.Double, bytes[..8]), Read(TensorDType.Double, bytes[8..])),
        _ when SmallFloat.Of(dtype) is { } layout => OfFloat(layout.Decode(bytes[0])),
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "The type has no elements of a fixed size."),
    };

    private static TensorElement OfFloat(float value) => new(value, null, null, WithPoint(value.ToString("R", CultureInfo.InvariantCulture)));

    private static TensorElement OfHalf(Half value) => new((double)value, null, null, WithPoint(value.ToString("R", CultureInfo.InvariantCulture)));

    private static TensorElement OfDouble(double value) => new(value, null, null, WithPoint(value.ToString("R", CultureInfo.InvariantCulture)));

    private static TensorElement OfInteger<T>(T value)
        where T : IBinaryInteger<T> =>
        new(double.CreateSaturating(value), null, Int128.CreateChecked(value), value.ToString(null, CultureInfo.InvariantCulture));

    private static TensorElement OfComplex(TensorElement real, TensorElement imaginary)
    {
        string sign = imaginary.Text.StartsWith('-') ? string.Empty : "+";
        return new TensorElement(real.Real, imaginary.Real, null, $"({real.Text}{sign}{imaginary.Text}j)");
    }

    /// <summary>Python's spelling: a float shows that it is one.</summary>
    private static string WithPoint(string digits) => digits switch
    {
        "NaN" => "nan",
        "Infinity" => "inf",
        "-Infinity" => "-inf",
        _ when digits.AsSpan().IndexOfAny('.', 'E') >= 0 => digits.Replace('E', 'e'),
        _ => digits + ".0",
    };
}
