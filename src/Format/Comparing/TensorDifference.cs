using Cairn.Format.Bundles;

namespace Cairn.Format.Comparing;

/// <summary>A tensor that is not the same in two checkpoints.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What differs.</param>
/// <param name="Before">In the first checkpoint; null if it is not there.</param>
/// <param name="After">In the second; null if it is not there.</param>
/// <param name="Values">How far the values lie apart, if they could be compared.</param>
public sealed record TensorDifference(string Name, DifferenceKind Kind, BundleTensor? Before, BundleTensor? After, ValueDifference? Values);
