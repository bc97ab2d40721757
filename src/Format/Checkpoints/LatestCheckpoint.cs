using Cairn.Format.Bundles;

namespace Cairn.Format.Checkpoints;

/// <summary>The answer to "which is the newest checkpoint of this folder": a prefix, or why there is none.</summary>
/// <param name="Prefix">The checkpoint that the state file names, if it exists; else null. No older one takes its place, as in TensorFlow.</param>
/// <param name="Reason">Why <paramref name="Prefix"/> is null: a sentence that names the state file and what it points to.</param>
public sealed record LatestCheckpoint(CheckpointPrefix? Prefix, string? Reason);
