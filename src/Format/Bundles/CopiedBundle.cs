using Cairn.Format.Sidecars;

namespace Cairn.Format.Bundles;

/// <summary>What became of a copy.</summary>
/// <param name="Index">The index of both checkpoints.</param>
/// <param name="Sidecar">What became of Cairn's own file beside it.</param>
public sealed record CopiedBundle(BundleIndex Index, SidecarOutcome Sidecar);
