namespace Cairn.Format.Bundles;

/// <summary>Elements that follow one another both in what is wanted and in one stored part.</summary>
/// <param name="Overlap">Which of the overlapping parts.</param>
/// <param name="OffsetElements">Where they begin in the part.</param>
/// <param name="LengthElements">How many they are.</param>
internal readonly record struct SliceRun(int Overlap, long OffsetElements, long LengthElements);
