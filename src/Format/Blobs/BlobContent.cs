namespace Cairn.Format.Blobs;

/// <summary>All bytes of a small blob, and which writing they are.</summary>
public sealed record BlobContent(ReadOnlyMemory<byte> Bytes, BlobETag ETag);
