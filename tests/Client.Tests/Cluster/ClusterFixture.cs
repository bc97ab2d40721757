using Cairn.Client.Tests.Cluster;
using Cairn.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

[assembly: AssemblyFixture(typeof(ClusterFixture))]

namespace Cairn.Client.Tests.Cluster;

/// <summary>One embedded cluster of two silos for all tests, with a store in a temporary folder. Each test takes a model and a folder of its own.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(120);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private EmbeddedCluster? _cluster;
    private CairnClient? _client;
    private int _names;

    /// <summary>The store's root.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("cairn-client-tests-").FullName;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>A client of the cluster, which the first caller starts.</summary>
    public async Task<CairnClient> ClientAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_client is null)
            {
                using var patience = new CancellationTokenSource(StartPatience);
                _cluster = await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { StoreRoot = Root, SiloCount = 2, LogLevel = LogLevel.Critical }, patience.Token);
                _client = CairnClient.InProcess(_cluster.Services);
            }

            return _client;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A gateway of the cluster, for a client that connects from outside, and the cluster's id.</summary>
    public async Task<CairnClientOptions> OptionsAsync()
    {
        await ClientAsync();
        string id = _cluster!.Services.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId;
        return new CairnClientOptions { GatewayPorts = [_cluster.Silos[0].Gateway.Port], ClusterId = id };
    }

    /// <summary>A model that nobody else uses.</summary>
    public async Task<Model> ModelAsync() => (await ClientAsync()).Model(NewName("model"));

    /// <summary>A name that nobody else uses.</summary>
    public string NewName(string what) => $"{what}-{Interlocked.Increment(ref _names)}";

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(Root, recursive: true);
    }
}
