namespace Cairn.Grains.Coordination.Restoring;

/// <summary>What a checkpoint says of the average of a variable, beside its values.</summary>
/// <param name="Variable">The variable that it is restored into.</param>
/// <param name="NumUpdates">The newest n that was given to an update, or null.</param>
/// <param name="Updates">How often it had been updated.</param>
internal readonly record struct AverageCounters(string Variable, long? NumUpdates, long Updates);
