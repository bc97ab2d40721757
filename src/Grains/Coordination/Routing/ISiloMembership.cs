namespace Cairn.Grains.Coordination.Routing;

/// <summary>Which silos there are, as this silo sees it.</summary>
internal interface ISiloMembership
{
    /// <summary>Whether this silo is leaving: then its coordinators begin nothing any more.</summary>
    bool IsLeaving { get; }

    /// <summary>The active silos, in the order of their addresses.</summary>
    IReadOnlyList<SiloAddress> Active { get; }

    /// <summary>Whether a silo is still a member.</summary>
    bool IsAlive(SiloAddress silo);
}
