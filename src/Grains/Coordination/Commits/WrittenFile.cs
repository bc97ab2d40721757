using Cairn.Format.Blobs;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>A silo's word that a data file is in the store.</summary>
/// <param name="ETag">The writing.</param>
/// <param name="LengthBytes">Its length.</param>
internal readonly record struct WrittenFile(BlobETag ETag, long LengthBytes);
