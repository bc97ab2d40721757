using Cairn.Format.Errors;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;

namespace Cairn.Format.Exchange;

/// <summary>What becomes of types that another format does not have: floating-point ones are written as float, which holds every value of theirs exactly; the rest
/// is refused.</summary>
internal static class WidenedTypes
{
    /// <summary>The tensors in types that the format has.</summary>
    /// <param name="tensors">All that shall be written.</param>
    /// <param name="isKnown">Whether the format has a type.</param>
    /// <param name="format">The format, for messages.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Unsupported"/>: names every tensor whose type cannot be written.</exception>
    public static IReadOnlyList<TensorSource> Of(IReadOnlyCollection<TensorSource> tensors, Func<TensorDType, bool> isKnown, string format)
    {
        TensorSource[] refused = [.. tensors.Where(tensor => !isKnown(tensor.DType) && !IsWidened(tensor.DType))];
        return refused.Length == 0
            ? [.. tensors.Select(tensor => isKnown(tensor.DType) ? tensor : tensor.CastTo(TensorDType.Float))]
            : throw new CheckpointException(
                CheckpointError.Unsupported,
                $"{format} has no type for {NameList.Of([.. refused.Select(tensor => tensor.ToString())])}; leave them out, or cast them to a type that it has.");
    }

    private static bool IsWidened(TensorDType dtype) =>
        TensorNumbers.IsFloating(dtype) && dtype.ElementBytes() < sizeof(float) && TensorCast.IsPossible(dtype, TensorDType.Float);
}
