namespace Cairn.Grains.Coordination.Commits;

/// <summary>What a step found.</summary>
internal enum StepOutcome
{
    /// <summary>As planned.</summary>
    Done,

    /// <summary>The index of this attempt is in place already.</summary>
    IsOurs,

    /// <summary>An index is there that no record explains.</summary>
    IsForeign,

    /// <summary>A file that the record names is gone or another writing.</summary>
    IsChanged,
}
