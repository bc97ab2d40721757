namespace Cairn.Format.Comparing;

/// <summary>In what a tensor differs between two checkpoints.</summary>
public enum DifferenceKind
{
    /// <summary>Only the first has it.</summary>
    Removed,

    /// <summary>Only the second has it.</summary>
    Added,

    /// <summary>It has another type, and perhaps another shape.</summary>
    Retyped,

    /// <summary>It has another shape.</summary>
    Reshaped,

    /// <summary>It has other values.</summary>
    Changed,
}
