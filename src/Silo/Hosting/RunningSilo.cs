using System.Net;
using System.Net.Sockets;
using Cairn.Format.Blobs;
using Cairn.Silo.Configuration;

namespace Cairn.Silo.Hosting;

/// <summary>A silo that has started: it is active in its cluster and serves HTTP. Owns the ports that were lent to it.</summary>
internal sealed class RunningSilo : IAsyncDisposable
{
    /// <summary>Another process can take a port between its choice and Orleans' bind; so often in a row that is no chance.</summary>
    private const int AttemptsMax = 8;

    private readonly IReadOnlyList<int> _lentPorts;

    private RunningSilo(WebApplication app, SiloHostOptions options, Uri dataPlane, IReadOnlyList<int> lentPorts)
    {
        App = app;
        Options = options;
        DataPlane = dataPlane;
        _lentPorts = lentPorts;
    }

    public WebApplication App { get; }

    /// <summary>The settings it runs with: no port is 0.</summary>
    public SiloHostOptions Options { get; }

    public Uri DataPlane { get; }

    public IPEndPoint Silo => new(Options.AdvertisedAddress, Options.SiloPort);

    public IPEndPoint Gateway => new(Options.AdvertisedAddress, Options.GatewayPort);

    /// <summary>Starts a silo; a port that is 0 is chosen here, again and again if somebody else was faster.</summary>
    /// <exception cref="SocketException">A port that was asked for is in use; it may be inside the exception of Orleans.</exception>
    public static async Task<RunningSilo> StartAsync(
        SiloHostOptions options, IBlobStore store, Action<WebApplicationBuilder> configure, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            var lent = new List<int>();
            SiloHostOptions chosen = options with
            {
                SiloPort = Choose(options.SiloPort, options.AdvertisedAddress, lent),
                GatewayPort = Choose(options.GatewayPort, options.AdvertisedAddress, lent),
            };
            DataPlaneSocket socket = Listen(chosen, lent);
            WebApplication app = SiloApplication.Build(chosen, store, socket, configure);
            try
            {
                await app.StartAsync(cancellationToken);
                return new RunningSilo(app, chosen, socket.Address, lent);
            }
            catch (Exception e)
            {
                await app.DisposeAsync();
                socket.Dispose();
                lent.ForEach(FreePorts.Return);
                if (lent.Count == 0 || attempt == AttemptsMax || !IsAddressInUse(e))
                {
                    throw;
                }
            }
        }
    }

    /// <summary>Whether <paramref name="exception"/> comes from a port that somebody else holds.</summary>
    public static bool IsAddressInUse(Exception? exception) => exception switch
    {
        null => false,
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } => true,
        AggregateException many => many.InnerExceptions.Any(IsAddressInUse),
        _ => IsAddressInUse(exception.InnerException),
    };

    public Task StopAsync(CancellationToken cancellationToken) => App.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        foreach (int port in _lentPorts)
        {
            FreePorts.Return(port);
        }
    }

    private static int Choose(int port, IPAddress address, List<int> lent)
    {
        if (port == 0)
        {
            port = FreePorts.Lend(address);
            lent.Add(port);
        }

        return port;
    }

    private static DataPlaneSocket Listen(SiloHostOptions options, List<int> lent)
    {
        try
        {
            return DataPlaneSocket.Listen(options.DataPlane, options.AdvertisedAddress);
        }
        catch
        {
            lent.ForEach(FreePorts.Return);
            throw;
        }
    }
}
