using Orleans.Services;

namespace Cairn.Contracts.Silos;

/// <summary>Reaches the <see cref="ISiloService"/> of a given silo.</summary>
public interface ISiloServiceClient : IGrainServiceClient<ISiloService>
{
    /// <summary>The service on <paramref name="silo"/>.</summary>
    ISiloService On(SiloAddress silo);
}
