namespace Cairn.Testing;

/// <summary>Silos of one cluster, each in a process of its own on this machine, with a common store.</summary>
public sealed class SiloProcessCluster : IAsyncDisposable
{
    private readonly List<SiloProcess> _silos = [];

    private SiloProcessCluster(SiloProcessClusterOptions options) => Options = options;

    /// <summary>What it is made of.</summary>
    public SiloProcessClusterOptions Options { get; }

    /// <summary>All silos in the order of their start, ended ones among them.</summary>
    public IReadOnlyList<SiloProcess> Silos => _silos;

    /// <summary>Starts the silos one after the other; each is ready before the next.</summary>
    public static async Task<SiloProcessCluster> StartAsync(SiloProcessClusterOptions options, CancellationToken cancellationToken = default)
    {
        var cluster = new SiloProcessCluster(options);
        try
        {
            for (int i = 0; i < options.SiloCount; i++)
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
        string[] clustering = Options.Redis is { } redis ? ["--clustering", "Redis", "--redis", redis]
            : _silos.Count > 0 ? ["--primary", _silos[0].Endpoint.ToString()]
            : [];
        string[] arguments = ["--store", Options.Store, "--cluster-id", Options.ClusterId, .. clustering, .. Options.Arguments];
        SiloProcess silo = await SiloProcess.StartAsync(arguments, Options.Variables, cancellationToken).ConfigureAwait(false);
        _silos.Add(silo);
        return silo;
    }

    /// <summary>Stops the silos that still run gracefully, the first one last, and returns their exit codes in that order.</summary>
    public async Task<IReadOnlyList<int>> StopAsync(CancellationToken cancellationToken = default)
    {
        var codes = new List<int>();
        foreach (SiloProcess silo in _silos.Where(silo => !silo.HasEnded).Reverse())
        {
            codes.Add(await silo.StopAsync(cancellationToken).ConfigureAwait(false));
        }

        return codes;
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
