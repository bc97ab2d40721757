using Cairn.Format.Blobs;

namespace Cairn.Grains.Coordination.Records;

/// <summary>The index of an attempt.</summary>
/// <param name="Expected">The old checkpoint's index when the attempt began; null when there was none.</param>
/// <param name="Sha256">The SHA-256 of the new one, lower-case hex; null until it is known.</param>
/// <param name="LengthBytes">Its length.</param>
/// <param name="Working">The writing that is published by copying; null until it is there.</param>
internal sealed record AttemptIndex(BlobETag? Expected, string? Sha256, long LengthBytes, BlobETag? Working);
