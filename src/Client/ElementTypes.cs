using System.Numerics;
using Cairn.Format.Tensors;

namespace Cairn.Client;

/// <summary>Which .NET type holds an element of which dtype.</summary>
internal static class ElementTypes
{
    private static readonly Dictionary<Type, TensorDType> ByType = new()
    {
        [typeof(float)] = TensorDType.Float,
        [typeof(double)] = TensorDType.Double,
        [typeof(Half)] = TensorDType.Half,
        [typeof(sbyte)] = TensorDType.Int8,
        [typeof(byte)] = TensorDType.UInt8,
        [typeof(short)] = TensorDType.Int16,
        [typeof(ushort)] = TensorDType.UInt16,
        [typeof(int)] = TensorDType.Int32,
        [typeof(uint)] = TensorDType.UInt32,
        [typeof(long)] = TensorDType.Int64,
        [typeof(ulong)] = TensorDType.UInt64,
        [typeof(bool)] = TensorDType.Bool,
        [typeof(Complex)] = TensorDType.Complex128,
    };

    /// <summary>The dtype of <typeparamref name="T"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: no dtype has such elements.</exception>
    public static TensorDType DTypeOf<T>()
        where T : unmanaged =>
        ByType.TryGetValue(typeof(T), out TensorDType dtype)
            ? dtype
            : throw new CheckpointException(CheckpointError.InvalidArgument,
                $"{typeof(T).Name} is not the type of a tensor's elements; use {string.Join(", ", ByType.Keys.Select(type => type.Name))}, or an untyped " +
                    $"variable and its bytes.");

    /// <summary>Makes a variable of the .NET type that holds the definition's dtype, or an untyped one.</summary>
    public static Variable Wrap(Model model, VariableDeclaration declaration) => declaration.Definition.DType switch
    {
        TensorDType.Float => new Variable<float>(model, declaration),
        TensorDType.Double => new Variable<double>(model, declaration),
        TensorDType.Half => new Variable<Half>(model, declaration),
        TensorDType.Int8 => new Variable<sbyte>(model, declaration),
        TensorDType.UInt8 => new Variable<byte>(model, declaration),
        TensorDType.Int16 => new Variable<short>(model, declaration),
        TensorDType.UInt16 => new Variable<ushort>(model, declaration),
        TensorDType.Int32 => new Variable<int>(model, declaration),
        TensorDType.UInt32 => new Variable<uint>(model, declaration),
        TensorDType.Int64 => new Variable<long>(model, declaration),
        TensorDType.UInt64 => new Variable<ulong>(model, declaration),
        TensorDType.Bool => new Variable<bool>(model, declaration),
        TensorDType.Complex128 => new Variable<Complex>(model, declaration),
        _ => new Variable(model, declaration),
    };

    /// <summary>Whether an average can be kept of the type: TensorFlow's floating-point types of at least 16 bits.</summary>
    public static bool IsFloating(TensorDType dtype) => dtype is TensorDType.Half or TensorDType.BFloat16 or TensorDType.Float or TensorDType.Double;
}
