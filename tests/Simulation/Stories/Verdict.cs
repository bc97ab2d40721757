namespace Cairn.Simulation.Stories;

/// <summary>How a story ended.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Violations">What it has broken.</param>
/// <param name="Attacks">Which attacks occurred.</param>
/// <param name="Digest">A hash of everything that happened, in order.</param>
/// <param name="Commits">How many checkpoints were committed.</param>
/// <param name="Happened">How many things have happened.</param>
internal sealed record Verdict(ulong Seed, IReadOnlyList<string> Violations, AttackCounts Attacks, ulong Digest, int Commits, long Happened);
