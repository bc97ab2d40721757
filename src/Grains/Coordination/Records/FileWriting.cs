using Cairn.Format.Blobs;

namespace Cairn.Grains.Coordination.Records;

/// <summary>A file, and which writing of it.</summary>
/// <param name="Name">Its name in the store.</param>
/// <param name="ETag">The writing; null when it was not seen.</param>
internal sealed record FileWriting(string Name, BlobETag? ETag);
