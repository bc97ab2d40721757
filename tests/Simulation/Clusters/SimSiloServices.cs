using Cairn.Contracts.Silos;
using Cairn.Simulation.Engine;
using Cairn.Simulation.Networks;
using Orleans.Runtime;

namespace Cairn.Simulation.Clusters;

/// <summary>Gives the services of a cluster's silos to one process.</summary>
internal sealed class SimSiloServices(SimCluster cluster, Party caller) : ISiloServiceClient
{
    private readonly Dictionary<SiloAddress, ISiloService> _known = [];

    /// <inheritdoc/>
    public ISiloService On(SiloAddress silo)
    {
        if (!_known.TryGetValue(silo, out ISiloService? service))
        {
            _known.Add(silo, service = GrainProxy.Make<ISiloService>(cluster.Network, caller, new SiloEndpoint(cluster, silo)));
        }

        return service;
    }
}
