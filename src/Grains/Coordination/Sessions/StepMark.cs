namespace Cairn.Grains.Coordination.Sessions;

/// <summary>A step that ended.</summary>
/// <param name="Step">Its number; -1 for none.</param>
/// <param name="Incarnation">The incarnation that ended it.</param>
internal readonly record struct StepMark(long Step, Guid Incarnation);
