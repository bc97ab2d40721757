using System.Net;
using Cairn.Grains.Variables;
using Cairn.Silo.Hosting;
using Microsoft.Extensions.Options;

namespace Cairn.Silo;

/// <summary>One silo of an <see cref="EmbeddedCluster"/>.</summary>
public sealed class EmbeddedSilo
{
    private readonly RunningSilo _silo;

    internal EmbeddedSilo(RunningSilo silo) => _silo = silo;

    /// <summary>Its services; not to be used after it has stopped.</summary>
    public IServiceProvider Services => _silo.App.Services;

    /// <summary>Where it serves HTTP.</summary>
    public Uri DataPlane => _silo.DataPlane;

    /// <summary>Where other silos reach it.</summary>
    public IPEndPoint Endpoint => _silo.Silo;

    /// <summary>Where Orleans clients reach it.</summary>
    public IPEndPoint Gateway => _silo.Gateway;

    /// <summary>False once it was stopped.</summary>
    public bool IsRunning { get; private set; } = true;

    /// <summary>Stops it gracefully.</summary>
    /// <param name="handsOver">Whether its shards go to other silos first; not when all of them stop.</param>
    /// <param name="cancellationToken">Ends the patience.</param>
    internal async Task StopAsync(bool handsOver, CancellationToken cancellationToken)
    {
        if (!IsRunning)
        {
            return;
        }

        IsRunning = false;
        if (!handsOver)
        {
            Services.GetRequiredService<IOptions<VariablesOptions>>().Value.HandOverSecondsMax = 0;
        }

        try
        {
            await _silo.StopAsync(cancellationToken);
        }
        finally
        {
            await _silo.DisposeAsync();
        }
    }
}
