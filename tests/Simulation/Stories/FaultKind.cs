namespace Cairn.Simulation.Stories;

/// <summary>What is done to a story.</summary>
internal enum FaultKind
{
    /// <summary>A silo's process dies; it is started again later.</summary>
    CrashSilo,

    /// <summary>The silo of the coordinator dies.</summary>
    CrashCoordinator,

    /// <summary>A silo dies that is not the coordinator's.</summary>
    CrashOtherSilo,

    /// <summary>A silo is stopped and wakes up later, given up or not.</summary>
    FreezeSilo,

    /// <summary>The coordinator's silo is stopped and wakes up later.</summary>
    FreezeCoordinator,

    /// <summary>The directory moves the coordinator; the old one goes on.</summary>
    MoveCoordinator,

    /// <summary>The coordinator's silo reaches nobody but the store, is given up, and goes on.</summary>
    PartitionCoordinator,

    /// <summary>The directory loses a shard, whose activation goes on.</summary>
    ForgetShard,

    /// <summary>A silo reaches nobody for a while.</summary>
    PartitionSilo,

    /// <summary>All silos die at once, and are started again.</summary>
    CrashAll,

    /// <summary>A trainer dies, and is started again under its name.</summary>
    CrashTrainer,

    /// <summary>A trainer is stopped for longer than its lease.</summary>
    FreezeTrainer,

    /// <summary>A trainer dies with the coordinator.</summary>
    CrashTrainerAndCoordinator,

    /// <summary>The store fails for a while.</summary>
    StoreFails,

    /// <summary>The store is slow for a while.</summary>
    StoreSlow,

    /// <summary>The next upload to commit has lost its blocks.</summary>
    LoseBlocks,

    /// <summary>Somebody else uses up a silo's pages for a while.</summary>
    ExhaustPool,

    /// <summary>Another program writes an index at the prefix that is being saved.</summary>
    ForeignIndex,

    /// <summary>Another program removes a file of the attempt that commits.</summary>
    ForeignDeletesFile,

    /// <summary>Another program deletes the base.</summary>
    ForeignDeletesBase,

    /// <summary>Another program puts another checkpoint in the base's place.</summary>
    ForeignReplacesBase,

    /// <summary>Another program damages the base.</summary>
    ForeignDamagesBase,

    /// <summary>A second cluster tries to use the model.</summary>
    SecondCluster,
}
