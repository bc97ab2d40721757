using Cairn.Format.Blobs;

namespace Cairn.Simulation.Stores;

/// <summary>One writing of a blob.</summary>
/// <param name="Bytes">Its bytes, which nobody changes.</param>
/// <param name="ETag">Its ETag.</param>
/// <param name="At">When it was written.</param>
/// <param name="Meaning">What the bytes say, if the writer has told.</param>
internal sealed record StoredBlob(byte[] Bytes, BlobETag ETag, DateTimeOffset At, object? Meaning)
{
    /// <summary>What is known of it.</summary>
    public BlobProperties Properties(string name) => new(name, Bytes.Length, ETag, At);
}
