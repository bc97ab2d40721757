namespace Cairn.Grains.Coordination.Records;

/// <summary>A checkpoint of a saver's list.</summary>
/// <param name="Prefix">Its prefix in the store.</param>
/// <param name="Time">When it was saved, in seconds since 1970.</param>
internal sealed record KeptCheckpoint(string Prefix, double Time);
