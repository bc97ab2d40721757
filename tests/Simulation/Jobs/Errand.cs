using Cairn.Contracts.Checkpoints;

namespace Cairn.Simulation.Jobs;

/// <summary>Something an operator does in a story.</summary>
/// <param name="Kind">What.</param>
/// <param name="AfterTicks">How long after the one before it.</param>
/// <param name="Step">The step that a saved or restored prefix is numbered with; null for a prefix without.</param>
/// <param name="Options">The saver's options.</param>
/// <param name="Waits">Whether the next errand waits for this one's end.</param>
internal sealed record Errand(ErrandKind Kind, long AfterTicks, long? Step, SaveOptions Options, bool Waits);
