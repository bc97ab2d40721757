namespace Cairn.Format.Sidecars;

/// <summary>The one member that every version of a sidecar has.</summary>
internal sealed record SidecarVersion(int FormatVersion);
