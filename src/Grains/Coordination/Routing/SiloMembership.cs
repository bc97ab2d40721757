namespace Cairn.Grains.Coordination.Routing;

/// <summary>The membership that Orleans sees.</summary>
internal sealed class SiloMembership(ISiloStatusOracle silos) : ISiloMembership
{
    /// <inheritdoc/>
    public bool IsLeaving => silos.CurrentStatus is not (SiloStatus.Active or SiloStatus.Joining);

    /// <inheritdoc/>
    public IReadOnlyList<SiloAddress> Active => [.. silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Order()];

    /// <inheritdoc/>
    public bool IsAlive(SiloAddress silo) => silos.GetApproximateSiloStatus(silo) is SiloStatus.Active or SiloStatus.Joining or SiloStatus.ShuttingDown;
}
