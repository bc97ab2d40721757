using System.Net;
using System.Net.Sockets;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Silo.Configuration;
using Cairn.Silo.Hosting;
using StackExchange.Redis;

namespace Cairn.Silo.Start;

/// <summary>Asks everything the silo needs before it starts, so that all that is wrong is said at once and in words.</summary>
internal static class StartChecks
{
    private static readonly TimeSpan RedisPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PrimaryPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PrimaryPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(30);

    /// <summary>Finds what keeps a silo with these options from starting.</summary>
    public static async Task<IReadOnlyList<string>> FindFaultsAsync(SiloHostOptions options, IBlobStore store, CancellationToken cancellationToken)
    {
        string?[] answers = await Task.WhenAll(
            FindStoreFaultAsync(store, cancellationToken),
            FindRedisFaultAsync(options),
            FindPrimaryFaultAsync(options, cancellationToken));
        return [.. answers.OfType<string>(), .. FindPortFaults(options)];
    }

    /// <summary>Writes a small blob and deletes it: a store that can only be read would fail the first save, much later.</summary>
    private static async Task<string?> FindStoreFaultAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        string name = $"{OwnFolder.Path}probe-{Guid.NewGuid():N}";
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StorePatience);
        try
        {
            await store.TryWriteAsync(name, "probe"u8.ToArray(), BlobCondition.None, patience.Token);
            await store.DeleteAsync(name, expected: null, patience.Token);
            return null;
        }
        catch (CheckpointException e)
        {
            return $"Cairn:Store (--store): the store '{store.Address}' cannot be written: {e.Message} Give this user write access, or name another store.";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"Cairn:Store (--store): the store '{store.Address}' did not answer within {StorePatience.TotalSeconds:0} s."
                + " Check its address and the network.";
        }
    }

    private static async Task<string?> FindRedisFaultAsync(SiloHostOptions options)
    {
        if (options.Clustering != ClusteringKind.Redis)
        {
            return null;
        }

        ConfigurationOptions redis = ConfigurationOptions.Parse(options.Redis!);
        redis.ConnectTimeout = (int)RedisPatience.TotalMilliseconds;
        redis.AbortOnConnectFail = true;
        try
        {
            await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(redis);
            return null;
        }
        catch (RedisConnectionException)
        {
            return $"Cairn:Redis (--redis): {string.Join(", ", redis.EndPoints)} did not let the silo in within {RedisPatience.TotalSeconds:0} s."
                + " Start Redis, or mend the address or password.";
        }
    }

    /// <summary>Waits for the primary: silos of one cluster are often started at the same moment.</summary>
    private static async Task<string?> FindPrimaryFaultAsync(SiloHostOptions options, CancellationToken cancellationToken)
    {
        if (options.PrimarySilo is not { } primary || primary.Equals(new IPEndPoint(options.AdvertisedAddress, options.SiloPort)))
        {
            return null;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(PrimaryPatience);
        using var pause = new PeriodicTimer(PrimaryPause);
        try
        {
            while (!await TryConnectAsync(primary, patience.Token))
            {
                await pause.WaitForNextTickAsync(patience.Token);
            }

            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"Cairn:PrimarySiloEndpoint (--primary): no silo answers at {primary} for {PrimaryPatience.TotalSeconds:0} s."
                + " Start that one first, and give its silo port.";
        }
    }

    private static async Task<bool> TryConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static IEnumerable<string> FindPortFaults(SiloHostOptions options)
    {
        (string Name, string Switch, IPEndPoint EndPoint)[] wanted =
        [
            ("DataPlane", "--data-plane", options.DataPlane),
            ("SiloPort", "--silo-port", new IPEndPoint(options.AdvertisedAddress, options.SiloPort)),
            ("GatewayPort", "--gateway-port", new IPEndPoint(options.AdvertisedAddress, options.GatewayPort)),
        ];
        foreach ((string name, string option, IPEndPoint endpoint) in wanted)
        {
            if (FreePorts.FindFault(endpoint) is { } fault)
            {
                yield return fault == SocketError.AddressAlreadyInUse
                    ? $"Cairn:{name} ({option}): port {endpoint.Port} of {endpoint.Address} is in use, perhaps by another silo."
                        + " Stop it, or give another port; 0 takes a free one."
                    : $"Cairn:{name} ({option}): this process cannot listen at {endpoint} ({fault})."
                        + " Give an IP address of this machine and a port that it may use.";
            }
        }
    }
}
