using Cairn.Contracts.Coordination;
using Cairn.Contracts.Shards;
using Cairn.Format.Blobs;
using Cairn.Grains.Coordination;
using Cairn.Grains.Tests.Variables;
using Cairn.Grains.Variables.Shards;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.Metadata;
using Orleans.TestingHost;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>A cluster with everything but HTTP: coordinators, variables and a store.</summary>
internal sealed class CoordinatorCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private CoordinatorCluster(
        int silos, IBlobStore store, string name, Action<CoordinationOptions>? coordination, Func<IOutgoingGrainCallContext, Task>? calls, bool readsBack)
    {
        Store = store;
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddCairn(
                options =>
                {
                    options.PageBytesMax = 64 << 20;
                    options.InFlightBytesMax = 1 << 20;
                    options.BlockBytes = 64 << 10;
                    options.ReadsBack = readsBack;
                    options.HandOverSecondsMax = 0; // No data plane to hand over.
                },
                coordination);
            silo.Services.AddSingleton(store);
            if (calls is not null)
            {
                silo.AddOutgoingGrainCallFilter(async context =>
                {
                    await calls(context);
                    await context.Invoke();
                });
            }

            silo.Services.AddSingleton<IDataPlaneAddress>(new FixedAddress(new Uri("http://127.0.0.1:5310")));
        });
#pragma warning disable ORLEANSEXP003 // The directory that a production silo uses.
        builder.Options.UseDistributedGrainDirectory = true;
#pragma warning restore ORLEANSEXP003
        builder.Options.ConfigureFileLogging = false;
        builder.Options.ClusterId = name;
        _cluster = builder.Build();
    }

    public IBlobStore Store { get; }

    public IReadOnlyList<InProcessSiloHandle> Silos => _cluster.Silos;

    public static async Task<CoordinatorCluster> StartAsync(
        IBlobStore store,
        int silos = 1,
        Action<CoordinationOptions>? coordination = null,
        string name = "cluster",
        Func<IOutgoingGrainCallContext, Task>? calls = null,
        bool readsBack = false)
    {
        CoordinatorCluster cluster = new(silos, store, name, coordination, calls, readsBack);
        await cluster._cluster.DeployAsync();
        await Task.WhenAll(cluster.Silos.Select(cluster.WaitUntilAcquaintedAsync));
        return cluster;
    }

    public ICheckpointCoordinatorGrain Coordinator(string model) => _cluster.Client.GetGrain<ICheckpointCoordinatorGrain>(model);

    public IVariableGrain Shard(string key) => _cluster.Client.GetGrain<IVariableGrain>(key);

    /// <summary>What a silo holds.</summary>
    public SiloShards ShardsOf(InProcessSiloHandle silo) => _cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<SiloShards>();

    /// <summary>The silo dies; its shards are gone.</summary>
    public Task KillAsync(InProcessSiloHandle silo) => _cluster.KillSiloAsync(silo);

    /// <summary>The activation of a grain goes; the next call makes another.</summary>
    public async Task DeactivateAsync(IAddressable grain) => await grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle();

    /// <summary>Where an activation is.</summary>
    public InProcessSiloHandle SiloOf(SiloAddress address) => _cluster.Silos.Single(silo => silo.SiloAddress.Equals(address));

    /// <summary>The silo of a grain that is active.</summary>
    public async Task<SiloAddress> AddressOfAsync(IAddressable grain) =>
        (await _cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(grain))!;

    public async Task<bool> IsActiveAsync(IAddressable grain) =>
        await _cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(grain) is not null;

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    /// <summary>Waits until a silo knows which grains every other can hold: before that, Orleans places nothing there, whatever the hint says.</summary>
    private async Task WaitUntilAcquaintedAsync(InProcessSiloHandle silo)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30));
        var manifests = _cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<IClusterManifestProvider>();
        if (manifests.Current.Silos.Count >= Silos.Count)
        {
            return;
        }

        await foreach (ClusterManifest manifest in manifests.Updates.WithCancellation(deadline.Token))
        {
            if (manifest.Silos.Count >= Silos.Count)
            {
                return;
            }
        }
    }
}
