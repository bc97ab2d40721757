namespace Cairn.Simulation.Stores;

/// <summary>What an operation does to the store.</summary>
internal enum StoreEffect
{
    /// <summary>Looks.</summary>
    Read,

    /// <summary>Writes a small blob.</summary>
    Write,

    /// <summary>Stages a block, which nobody sees.</summary>
    Stage,

    /// <summary>Makes a blob of blocks.</summary>
    Commit,

    /// <summary>Copies a blob.</summary>
    Copy,

    /// <summary>Removes a blob.</summary>
    Delete,
}
