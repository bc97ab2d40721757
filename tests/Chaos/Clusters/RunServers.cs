using System.Net;
using System.Text.RegularExpressions;
using Cairn.Chaos.Proxies;
using Cairn.Testing.Servers;

namespace Cairn.Chaos.Clusters;

/// <summary>Redis, Azurite and the proxy before it.</summary>
internal sealed partial class RunServers : IAsyncDisposable
{
    private readonly RedisFixture _redis = new();
    private readonly AzuriteFixture _azurite = new();

    private RunServers(FaultChoice faults) => Faults = faults;

    /// <summary>What happens at the proxy.</summary>
    public FaultChoice Faults { get; }

    public FaultProxy Proxy { get; private set; } = null!;

    public string Redis => _redis.ConnectionString;

    /// <summary>The way to the store that meets no fault, for the verifier.</summary>
    public string StoreConnection => _azurite.ConnectionString;

    /// <summary>The way to the store through the proxy.</summary>
    public string ProxiedConnection => Endpoint().Replace(StoreConnection, $"//{Proxy.Endpoint}/");

    /// <summary>Starts all three.</summary>
    /// <exception cref="Exception">One of the servers is not to be had here; the message says how to get it.</exception>
    public static async Task<RunServers> StartAsync(int seed)
    {
        var servers = new RunServers(new FaultChoice(seed));
        try
        {
            await servers._redis.InitializeAsync();
            await servers._azurite.InitializeAsync();
            _ = servers.Redis;
            IPEndPoint store = IPEndPoint.Parse(Endpoint().Match(servers.StoreConnection).Groups["endpoint"].Value);
            servers.Proxy = FaultProxy.Start(store, servers.Faults);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Proxy is not null)
        {
            await Proxy.DisposeAsync();
        }

        await _azurite.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [GeneratedRegex("//(?<endpoint>[0-9.]+:[0-9]+)/", RegexOptions.ExplicitCapture)]
    private static partial Regex Endpoint();
}
