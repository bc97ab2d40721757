using Cairn.Grains.Coordination.Routing;
using Cairn.Simulation.Engine;
using Orleans.Runtime;

namespace Cairn.Simulation.Clusters;

/// <summary>The cluster as one silo sees it: news of others arrives some time later.</summary>
internal sealed class SimMembership(SimSilo observer) : ISiloMembership
{
    private const long NewsTicks = 2 * TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public bool IsLeaving => observer.IsLeaving;

    /// <inheritdoc/>
    public IReadOnlyList<SiloAddress> Active =>
        [.. observer.Cluster.Silos.Where(silo => Knows(silo, silo.JoinedAt) && !Misses(silo) && !silo.IsLeaving).Select(silo => silo.Address).Order()];

    /// <inheritdoc/>
    public bool IsAlive(SiloAddress silo) => observer.Cluster.Find(silo) is { } found && !Misses(found);

    private bool Misses(SimSilo silo) => silo.GivenUpAt is { } at && Knows(silo, at);

    private bool Knows(SimSilo silo, long at) => silo == observer
        || at + (long)(Chance.Unit(Chance.Mix(observer.Party.Hash, silo.Party.Hash, (ulong)at, 5)) * NewsTicks) <= observer.Cluster.Network.Pump.Now || at == 0;
}
