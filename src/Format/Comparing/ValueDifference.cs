namespace Cairn.Format.Comparing;

/// <summary>How far the values of two tensors of one type and shape lie apart.</summary>
/// <param name="ElementCount">How many elements there are.</param>
/// <param name="ChangedCount">How many have other bytes (-0 is not 0).</param>
/// <param name="NonFiniteCount">How many of the changed are infinite or NaN on either side; the measures below pass over them.</param>
/// <param name="DeltaMax">The largest absolute difference, of complex elements the largest modulus; 0 for strings and variants.</param>
/// <param name="RelativeNorm">The Euclidean norm of the difference over that of the first tensor; infinite where that is zero, 0 for strings and
/// variants.</param>
public sealed record ValueDifference(long ElementCount, long ChangedCount, long NonFiniteCount, double DeltaMax, double RelativeNorm);
