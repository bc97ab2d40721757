using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Contracts.Steps;
using Cairn.Format.Blobs;
using Cairn.Grains.Variables.Shards;
using Cairn.Storage.Memory;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Cairn.Grains.Tests.Variables;

/// <summary>A cluster of one silo with variables and no coordinator: tests are the coordinator.</summary>
public sealed class VariablesCluster : IAsyncLifetime
{
    private readonly InProcessTestCluster _cluster;

    public VariablesCluster()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddCairn(options =>
            {
                options.PageBytesMax = 64 << 20;
                options.InFlightBytesMax = 1 << 20;
                options.BlockBytes = 64 << 10;
                options.HandOverSecondsMax = 0; // No data plane to hand over.
            });
            silo.Services.AddSingleton<IBlobStore>(Store);
            silo.Services.AddSingleton<IDataPlaneAddress>(new FixedAddress(new Uri("http://127.0.0.1:5310")));
        });
#pragma warning disable ORLEANSEXP003 // The directory that a production silo uses.
        builder.Options.UseDistributedGrainDirectory = true;
#pragma warning restore ORLEANSEXP003
        builder.Options.ConfigureFileLogging = false;
        _cluster = builder.Build();
    }

    internal MemoryBlobStore Store { get; } = new();

    internal SiloShards Shards => Services.GetRequiredService<SiloShards>();

    internal ISiloService Service => Services.GetRequiredService<ISiloServiceClient>().On(Silo);

    internal SiloAddress Silo => _cluster.Silos[0].SiloAddress;

    private IServiceProvider Services => _cluster.GetSiloServiceProvider(Silo);

    public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    internal IVariableGrain Grain(ShardId shard) => _cluster.Client.GetGrain<IVariableGrain>(shard.ToString());

    /// <summary>A shard in service: generation 1, epoch 1.</summary>
    internal async Task<TestShard> AdmitAsync(VariableDefinition variable, int index = 0)
    {
        var shard = new ShardId("model" + Guid.NewGuid().ToString("N"), variable.Name, index);
        IVariableGrain grain = Grain(shard);
        ShardReport report = await grain.ReportAsync();
        await grain.AdmitAsync(new ShardAdmission(report.Incarnation, variable, Generation: 1, Epoch: 1, EndedCut: 0));
        return new TestShard(shard, grain, report.Incarnation);
    }
}
