using Cairn.Format.Tensors;

namespace Cairn.Format.Exchange;

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DType">Its type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="BeginBytes">Where its bytes begin, after the header.</param>
/// <param name="EndBytes">Where they end.</param>
internal sealed record SafetensorsTensor(string Name, TensorDType DType, TensorShape Shape, long BeginBytes, long EndBytes);
