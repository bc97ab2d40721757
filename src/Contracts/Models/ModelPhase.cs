namespace Cairn.Contracts.Models;

/// <summary>What a model's live state is good for.</summary>
public enum ModelPhase
{
    /// <summary>Nothing of this name is defined.</summary>
    Undefined = 0,

    /// <summary>Defined; the shards are admitted. Variables that were not initialised yet refuse reads.</summary>
    Ready = 1,

    /// <summary>A restore or rollback is loading; requests are told to try again.</summary>
    Loading = 2,

    /// <summary>The base could not be loaded, or (<see cref="LossPolicy.Hold"/>) shall not be unasked; an explicit restore or initialisation is accepted.</summary>
    Unloaded = 3,
}
