namespace Cairn.Grains.Coordination.Cuts;

/// <summary>Where a cut is. It only moves forward.</summary>
internal enum CutPhase
{
    /// <summary>New steps lie after it; it waits for the steps before it.</summary>
    Open = 0,

    /// <summary>The shards are told to freeze their state at it.</summary>
    Sealing = 1,

    /// <summary>Every shard has frozen its state: the cut has ended, the snapshot is there.</summary>
    Sealed = 2,

    /// <summary>It is given up; the shards are told to let go of it.</summary>
    Releasing = 3,

    /// <summary>Every shard has let go of it: the cut has ended.</summary>
    Released = 4,
}
