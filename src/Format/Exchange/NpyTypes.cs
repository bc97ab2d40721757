using System.Globalization;
using Cairn.Format.Tensors;

namespace Cairn.Format.Exchange;

/// <summary>The types of numpy arrays, as their files spell them: byte order, kind, bytes.</summary>
internal static class NpyTypes
{
    private static readonly Dictionary<TensorDType, string> Known = new()
    {
        [TensorDType.Float] = "<f4",
        [TensorDType.Double] = "<f8",
        [TensorDType.Half] = "<f2",
        [TensorDType.Int8] = "|i1",
        [TensorDType.UInt8] = "|u1",
        [TensorDType.Int16] = "<i2",
        [TensorDType.UInt16] = "<u2",
        [TensorDType.Int32] = "<i4",
        [TensorDType.UInt32] = "<u4",
        [TensorDType.Int64] = "<i8",
        [TensorDType.UInt64] = "<u8",
        [TensorDType.Bool] = "|b1",
        [TensorDType.Complex64] = "<c8",
        [TensorDType.Complex128] = "<c16",
    };

    /// <summary>How a type is spelled, or null if numpy does not have it.</summary>
    public static string? NameOf(TensorDType dtype) => Known.GetValueOrDefault(dtype);

    /// <summary>Reads the spelling of a type: numbers; <c>S</c> (bytes) and <c>U</c> (code points) as strings; <c>V2</c>, in which bfloat16 arrays of other
    /// libraries are saved, as bfloat16. Null for all else: objects, dates, records.</summary>
    public static NpyType? Parse(string name)
    {
        if (name.Length < 3 || name[0] is not ('<' or '>' or '|' or '=') || !int.TryParse(name.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int bytes))
        {
            return null;
        }

        bool isBigEndian = name[0] == '>';
        return name[1] switch
        {
            'S' when bytes <= NpyType.StringBytesMax => new NpyType(TensorDType.String, isBigEndian, bytes, IsUnicode: false),
            'U' when bytes <= NpyType.StringBytesMax / 4 => new NpyType(TensorDType.String, isBigEndian, bytes * 4, IsUnicode: true),
            'V' when bytes == 2 => new NpyType(TensorDType.BFloat16, isBigEndian, bytes, IsUnicode: false),
            _ => Known.FirstOrDefault(known => known.Value.AsSpan(1).SequenceEqual(name.AsSpan(1))) is { Value: not null } found
                ? new NpyType(found.Key, isBigEndian, bytes, IsUnicode: false)
                : null,
        };
    }
}
