namespace Cairn.Testing;

/// <summary>Silos of one cluster, each in a process of its own on this machine, with a common store.</summary>
public sealed class SiloProcessCluster : IAsyncDisposable
{
    private readonly List<SiloProcess> _silos = [];
    private readonly string[] _arguments;
    private readonly string? _redis;

    private SiloProcessCluster(string[] arguments, string? redis) => (_arguments, _redis) = (arguments, redis);

    /// <summary>The cluster's name, for clients.</summary>
    public string ClusterId { get; } = $"test-{Guid.NewGuid():N}";

    /// <summary>All silos in the order of their start, ended ones among them.</summary>
    public IReadOnlyList<SiloProcess> Silos => _silos;

    /// <summary>Starts <paramref name="siloCount"/> silos that find each other through the first one's memory, or through <paramref name="redis"/>.</summary>
    /// <param name="siloCount">How many.</param>
    /// <param name="store">The store's address.</param>
    /// <param name="redis">The connection string of Redis, or null for localhost clustering.</param>
    /// <param name="arguments">More of the command line, for each silo.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<SiloProcessCluster> StartAsync(
        int siloCount, string store, string? redis = null, IEnumerable<string>? arguments = null, CancellationToken cancellationToken = default)
    {
        var cluster = new SiloProcessCluster(["--store", store, .. arguments ?? []], redis);
        try
        {
            for (int i = 0; i < siloCount; i++)
            {
                await cluster.AddSiloAsync(cancellationToken).ConfigureAwait(false);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts one more silo and waits until it is ready.</summary>
    public async Task<SiloProcess> AddSiloAsync(CancellationToken cancellationToken = default)
    {
        string[] clustering = _redis is not null ? ["--clustering", "Redis", "--redis", _redis]
            : _silos.Count > 0 ? ["--primary", _silos[0].Endpoint.ToString()]
            : [];
        SiloProcess silo = await SiloProcess.StartAsync([.. _arguments, "--cluster-id", ClusterId, .. clustering], cancellationToken).ConfigureAwait(false);
        _silos.Add(silo);
        return silo;
    }

    /// <summary>Kills all silos.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (SiloProcess silo in Enumerable.Reverse(_silos))
        {
            await silo.DisposeAsync().ConfigureAwait(false);
        }
    }
}
