using Cairn.Contracts.Silos;
using Orleans.Runtime.Services;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Reaches the service of a given silo.</summary>
internal sealed class SiloServiceClient(IServiceProvider services) : GrainServiceClient<ISiloService>(services), ISiloServiceClient
{
    /// <inheritdoc/>
    public ISiloService On(SiloAddress silo) => GetGrainService(silo);
}
