namespace Cairn.Format.Sidecars;

/// <summary>What a file of the checkpoint must be.</summary>
/// <param name="File">Its name without the folder.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Sha256">SHA-256 of its bytes, 64 hexadecimal digits; null where only the length is known.</param>
public sealed record SidecarDigest(string File, long Size, string? Sha256);
