using Cairn.Format.Blobs;

namespace Cairn.Format.Bundles;

/// <summary>A checkpoint in a store.</summary>
/// <param name="Store">The store.</param>
/// <param name="Prefix">The checkpoint's name in it.</param>
public sealed record BundleLocation(IBlobStore Store, CheckpointPrefix Prefix)
{
    /// <inheritdoc/>
    public override string ToString() => BundleFiles.Describe(Store, Prefix.Value);
}
