namespace Cairn.Grains.Coordination.Sessions;

/// <summary>What a session name has torn.</summary>
/// <param name="Tears">How many steps, one after the other, under the same base.</param>
/// <param name="BaseKey">What tells that base from another; null without one.</param>
/// <param name="TornAt">When the last one was torn.</param>
internal sealed record TearPenalty(int Tears, string? BaseKey, DateTimeOffset TornAt);
