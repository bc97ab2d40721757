using System.Net;
using Cairn.Silo.Hosting;

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

    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!IsRunning)
        {
            return;
        }

        IsRunning = false;
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
