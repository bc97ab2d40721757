namespace Cairn.Grains.Coordination.Records;

/// <summary>A prefix whose files were taken away or changed while an attempt committed there. Nothing sweeps it; only a replacing save writes there.</summary>
/// <param name="Prefix">The prefix.</param>
/// <param name="Attempt">The attempt; what it had staged is kept under its id until the prefix is saved again.</param>
/// <param name="Reason">What happened, for the operator.</param>
internal sealed record BrokenPrefix(string Prefix, Guid Attempt, string Reason);
