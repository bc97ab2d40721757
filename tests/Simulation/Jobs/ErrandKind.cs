namespace Cairn.Simulation.Jobs;

/// <summary>What an operator does.</summary>
internal enum ErrandKind
{
    /// <summary>Saves.</summary>
    Save,

    /// <summary>Restores the checkpoint that is the newest that he knows of.</summary>
    Restore,

    /// <summary>Deletes the model, which the chief defines again.</summary>
    Delete,
}
