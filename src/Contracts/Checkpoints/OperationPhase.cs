namespace Cairn.Contracts.Checkpoints;

/// <summary>Where a save or restore is. A phase only moves forward.</summary>
public enum OperationPhase
{
    /// <summary>Accepted, waiting for other operations of the model.</summary>
    Queued = 0,

    /// <summary>A save is cut: new steps lie after the cut, it waits for those before it to end; a restore reads the index and plans.</summary>
    Preparing = 1,

    /// <summary>A save freezes its shards.</summary>
    Sealing = 2,

    /// <summary>Bytes move between shards and store.</summary>
    Moving = 3,

    /// <summary>A save publishes its files; nothing aborts it from here.</summary>
    Committing = 4,

    /// <summary>A restore puts the new values in place; nothing aborts it from here.</summary>
    Swapping = 5,

    /// <summary>Done.</summary>
    Succeeded = 6,

    /// <summary>Given up; nothing of it is visible.</summary>
    Failed = 7,
}
