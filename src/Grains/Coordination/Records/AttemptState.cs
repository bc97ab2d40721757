using Cairn.Format.Blobs;

namespace Cairn.Grains.Coordination.Records;

/// <summary>A state file that an attempt changes.</summary>
/// <param name="Name">Its name in the store.</param>
/// <param name="Expected">What it is now; null when it is absent.</param>
/// <param name="Working">The writing, at <see cref="SaveAttempt.StateWorking"/>, that it becomes by copying.</param>
internal sealed record AttemptState(string Name, BlobETag? Expected, BlobETag Working);
