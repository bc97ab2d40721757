namespace Cairn.Format.Sidecars;

/// <summary>A moving average: what goes on from where it was needs more than its value.</summary>
/// <param name="Variable">The variable that is averaged.</param>
/// <param name="Name">The name of the average, <c>ExponentialMovingAverage</c>.</param>
/// <param name="Decay">Its decay, from 0 to 1.</param>
/// <param name="NumUpdates">The count of updates that went into the decay, or null for a constant decay.</param>
/// <param name="Updates">How often it had been updated; 0 in sidecars of older versions, which do not say it.</param>
public sealed record SidecarAverage(string Variable, string Name, float Decay, long? NumUpdates, long Updates = 0);
