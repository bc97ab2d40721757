using Cairn.Simulation.Engine;
using Cairn.Simulation.Networks;
using Orleans.Runtime;

namespace Cairn.Simulation.Clusters;

/// <summary>The service of one silo.</summary>
internal sealed class SiloEndpoint(SimCluster cluster, SiloAddress address) : IEndpoint
{
    /// <inheritdoc/>
    public string Name { get; } = cluster.Find(address)?.Party.Name ?? address.ToString();

    /// <inheritdoc/>
    public ulong Hash => Chance.Of(Name);

    /// <inheritdoc/>
    public object? Context(Party caller, Message message) => null;

    /// <inheritdoc/>
    public (Party Party, object Target)? Resolve(Party caller, object? context) => cluster.Find(address) is { } silo ? (silo.Party, silo.Service) : null;

    /// <inheritdoc/>
    public Task? Ready(object served) => null;

    /// <inheritdoc/>
    public void Served(object served, Message message)
    {
    }
}
