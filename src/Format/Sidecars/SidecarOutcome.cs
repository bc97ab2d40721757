namespace Cairn.Format.Sidecars;

/// <summary>What became of a sidecar when its checkpoint was copied.</summary>
public enum SidecarOutcome
{
    /// <summary>There was none.</summary>
    Absent,

    /// <summary>It describes the copy too, and went along.</summary>
    Copied,

    /// <summary>It does not describe the copy (its index has other bytes), or cannot be read, and was left out.</summary>
    LeftOut,
}
