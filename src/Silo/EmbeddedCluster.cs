using System.Net;
using Cairn.Format.Blobs;
using Cairn.Silo.Configuration;
using Cairn.Silo.Hosting;
using Cairn.Storage.Local;
using Orleans.Runtime;

namespace Cairn.Silo;

/// <summary>A cluster inside this process: one to eight silos on loopback, each with its own Orleans host and Kestrel on free ports.
/// For samples, tests and small jobs.</summary>
/// <remarks>Several may run in one process at the same time. The first silo keeps the membership of the others: stop it last.
/// Ctrl-C and SIGTERM are left to the program.</remarks>
public sealed class EmbeddedCluster : IAsyncDisposable
{
    /// <summary>How long all silos may take to see each other.</summary>
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(30);

    private readonly List<EmbeddedSilo> _silos = [];
    private readonly EmbeddedClusterOptions _options;
    private readonly IBlobStore _store;

    private EmbeddedCluster(EmbeddedClusterOptions options, IBlobStore store) => (_options, _store) = (options, store);

    /// <summary>The services of the first silo, among them <see cref="IGrainFactory"/>.</summary>
    public IServiceProvider Services => _silos[0].Services;

    /// <summary>All silos, in the order of their start; stopped ones stay in their place.</summary>
    public IReadOnlyList<EmbeddedSilo> Silos => _silos;

    /// <summary>The store that the silos share.</summary>
    public IBlobStore Store => _store;

    /// <summary>Starts a cluster and returns when every silo is active and sees all others.</summary>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    /// <exception cref="TimeoutException">The silos did not see each other in 30 s.</exception>
    public static async Task<EmbeddedCluster> StartAsync(EmbeddedClusterOptions options, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SiloCount, 1, nameof(options.SiloCount));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.SiloCount, EmbeddedClusterOptions.SiloCountMax, nameof(options.SiloCount));

        var cluster = new EmbeddedCluster(options, OpenStore(options));
        try
        {
            await cluster.AddSilosAsync(options.SiloCount, ct);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a silo and returns when all running silos see it.</summary>
    public async Task<EmbeddedSilo> AddSiloAsync(CancellationToken ct = default)
    {
        await AddSilosAsync(1, ct);
        return _silos[^1];
    }

    /// <summary>Stops a silo gracefully: its shards are handed over to the others. Stopping one twice does nothing the second time.</summary>
    public Task StopSiloAsync(int index, CancellationToken ct = default) => _silos[index].StopAsync(handsOver: _silos.Count(silo => silo.IsRunning) > 1, ct);

    /// <summary>Stops all silos, the first one last.</summary>
    public async ValueTask DisposeAsync()
    {
        var failures = new List<Exception>();
        for (int i = _silos.Count - 1; i >= 0; i--)
        {
            using var patience = new CancellationTokenSource(_options.StopTimeout);
            try
            {
                await _silos[i].StopAsync(handsOver: false, patience.Token);
            }
            catch (Exception e)
            {
                failures.Add(e); // The others have ports and threads to give back, too.
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException($"{failures.Count} of {_silos.Count} silos did not stop well.", failures);
        }
    }

    private static IBlobStore OpenStore(EmbeddedClusterOptions options) => options switch
    {
        { Store: { } store, StoreRoot: null } => store,
        { Store: null, StoreRoot: { } root } => new LocalBlobStore(root, new LocalBlobStoreOptions { DropsWrittenFromCache = options.ReadBack }),
        _ => throw new ArgumentException("Give either a StoreRoot or a Store.", nameof(options)),
    };

    private async Task AddSilosAsync(int count, CancellationToken ct)
    {
        if (_silos.Count == 0)
        {
            await StartSiloAsync(primary: null, ct);
            count--;
        }

        IPEndPoint primary = _silos[0].Endpoint;
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => StartSiloAsync(primary, ct)));
        await WaitUntilJoinedAsync(ct);
    }

    private async Task StartSiloAsync(IPEndPoint? primary, CancellationToken ct)
    {
        var options = new SiloHostOptions
        {
            ClusterId = _options.ClusterId,
            SiloPort = 0,
            GatewayPort = 0,
            PrimarySilo = primary,
            DataPlane = new IPEndPoint(IPAddress.Loopback, 0),
            PageBytesMax = _options.PageBytesMax,
            InFlightBytesMax = _options.InFlightBytesMax,
            ReadBack = _options.ReadBack,
            ShardBytesMax = _options.ShardBytesMax,
            StopTimeout = _options.StopTimeout,
            LogLevel = _options.LogLevel,
        };
        var silo = new EmbeddedSilo(await RunningSilo.StartAsync(options, _store, Configure, ct));
        lock (_silos)
        {
            _silos.Add(silo); // At once: when another one fails, this one is stopped with the cluster.
        }
    }

    private void Configure(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
        builder.AddSiloLogging(_options.LogLevel);
        if (_options.ConfigureSilo is { } configure)
        {
            builder.UseOrleans(configure);
        }
    }

    private async Task WaitUntilJoinedAsync(CancellationToken ct)
    {
        List<EmbeddedSilo> running = [.. _silos.Where(silo => silo.IsRunning)];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(JoinPatience);
        try
        {
            await Task.WhenAll(running.Select(silo => WaitUntilSeenAsync(silo, running.Count, patience.Token)));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"The {running.Count} silos of cluster '{_options.ClusterId}' did not see each other within {JoinPatience.TotalSeconds:0} s.");
        }
    }

    private static async Task WaitUntilSeenAsync(EmbeddedSilo silo, int count, CancellationToken ct)
    {
        var membership = silo.Services.GetRequiredService<IClusterMembershipService>();
        await foreach (ClusterMembershipSnapshot snapshot in membership.MembershipUpdates.WithCancellation(ct))
        {
            if (snapshot.Members.Values.Count(member => member.Status == SiloStatus.Active) >= count)
            {
                return;
            }
        }
    }
}
