namespace Cairn.Format.Blobs;

/// <summary>What a store knows of a blob without reading it.</summary>
/// <param name="Name">The blob's name in its store.</param>
/// <param name="LengthBytes">Its length.</param>
/// <param name="ETag">Which writing it is.</param>
/// <param name="LastModified">When it was written.</param>
public sealed record BlobProperties(string Name, long LengthBytes, BlobETag ETag, DateTimeOffset LastModified);
