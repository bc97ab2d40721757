namespace Cairn.Format.Blobs;

/// <summary>Names one writing of one blob: every write, even of equal bytes, makes a new one. Opaque; compared by value.</summary>
public readonly record struct BlobETag(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
