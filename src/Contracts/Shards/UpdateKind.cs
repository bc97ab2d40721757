namespace Cairn.Contracts.Shards;

/// <summary>What an update does to a shard.</summary>
public enum UpdateKind
{
    /// <summary>Puts the payload in place of the bytes there.</summary>
    Assign = 0,

    /// <summary>Adds the payload, element by element.</summary>
    AssignAdd = 1,

    /// <summary>Subtracts the payload, element by element.</summary>
    AssignSub = 2,

    /// <summary>Gives value and shadow their initial content: the payload, or the variable's initial element throughout when there is no payload.</summary>
    Initialise = 3,

    /// <summary>Moves the shadow towards the value: shadow -= (1 - d) * (shadow - value). No payload.</summary>
    UpdateAverage = 4,
}
