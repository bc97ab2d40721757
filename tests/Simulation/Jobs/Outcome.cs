namespace Cairn.Simulation.Jobs;

/// <summary>How a call ended, for a client.</summary>
internal enum Outcome
{
    /// <summary>It was answered.</summary>
    Done,

    /// <summary>It may succeed if it is sent again.</summary>
    Again,

    /// <summary>Another coordinator has taken over.</summary>
    Superseded,

    /// <summary>What it belongs to is over.</summary>
    Stale,

    /// <summary>It is refused.</summary>
    Refused,
}
