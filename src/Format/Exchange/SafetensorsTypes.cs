using Cairn.Format.Tensors;

namespace Cairn.Format.Exchange;

/// <summary>The types of safetensors files, and the order that its own writer puts tensors in.</summary>
internal static class SafetensorsTypes
{
    // In the order of the format's own enumeration. Those without a dtype of ours have elements of less than a byte, or scales.
    private static readonly (string Name, TensorDType DType)[] Known =
    [
        ("BOOL", TensorDType.Bool), ("U8", TensorDType.UInt8), ("I8", TensorDType.Int8), ("F8_E5M2", TensorDType.Float8E5M2),
        ("F8_E4M3", TensorDType.Float8E4M3FN), ("I16", TensorDType.Int16), ("U16", TensorDType.UInt16), ("F16", TensorDType.Half),
        ("BF16", TensorDType.BFloat16), ("I32", TensorDType.Int32), ("U32", TensorDType.UInt32), ("F32", TensorDType.Float), ("C64", TensorDType.Complex64),
        ("F64", TensorDType.Double), ("I64", TensorDType.Int64), ("U64", TensorDType.UInt64),
    ];

    /// <summary>The type called <paramref name="name"/>, or null.</summary>
    public static TensorDType? Parse(string name) => Array.Find(Known, known => known.Name == name) is ({ }, var dtype) ? dtype : null;

    /// <summary>The name of a type, or null if the format does not have it.</summary>
    public static string? NameOf(TensorDType dtype) => Array.Find(Known, known => known.DType == dtype).Name;

    /// <summary>The place of a type in the format's own order.</summary>
    public static int Rank(TensorDType dtype) => Array.FindIndex(Known, known => known.DType == dtype);
}
