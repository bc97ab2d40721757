using Cairn.Format.Tensors;

namespace Cairn.Format.Exchange;

/// <summary>The type of a numpy array.</summary>
/// <param name="DType">What it is in a checkpoint.</param>
/// <param name="IsBigEndian">The order of its words.</param>
/// <param name="ElementBytes">The bytes of an element; strings are padded to it with zeros.</param>
/// <param name="IsUnicode">A string of 4-byte code points, not of bytes.</param>
internal sealed record NpyType(TensorDType DType, bool IsBigEndian, int ElementBytes, bool IsUnicode)
{
    /// <summary>The longest padded string that is read.</summary>
    public const int StringBytesMax = 1 << 24;
}
