namespace Cairn.Format.Bundles;

/// <summary>Something wrong in a bundle.</summary>
/// <param name="File">The file, with the store's address.</param>
/// <param name="OffsetBytes">Where in it.</param>
/// <param name="Tensor">The tensor or slice it belongs to, if to one.</param>
/// <param name="Reason">What is wrong.</param>
public sealed record BundleFault(string File, long OffsetBytes, string? Tensor, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}: byte {OffsetBytes}: {(Tensor is null ? "" : $"{Tensor}: ")}{Reason}";
}
