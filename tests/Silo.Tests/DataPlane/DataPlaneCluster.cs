using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Tensors;
using Cairn.Grains.Variables.Transfers;
using Cairn.Storage.Memory;
using Microsoft.Extensions.DependencyInjection;

namespace Cairn.Silo.Tests.DataPlane;

/// <summary>An embedded cluster of one silo with 64 MiB of pages, whose tests are the coordinator of their shards.</summary>
public sealed class DataPlaneCluster : IAsyncLifetime
{
    private EmbeddedCluster _cluster = null!;

    public HttpClient Http { get; private set; } = null!;

    public Uri Address => _cluster.Silos[0].DataPlane;

    private IGrainFactory Grains => _cluster.Services.GetRequiredService<IGrainFactory>();

    public async ValueTask InitializeAsync()
    {
        _cluster = await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Store = new MemoryBlobStore(), SiloCount = 1, PageBytesMax = 64 << 20 });
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _cluster.DisposeAsync();
    }

    /// <summary>Bytes of pages in use on the silo.</summary>
    public long UsedBytes() => _cluster.Services.GetRequiredService<ShardTransfers>().PageBytesUsed;

    /// <summary>A shard of floats in service: generation 1, epoch 1.</summary>
    public async Task<DataPlaneShard> AdmitAsync(string variable, long elements, bool hasAverage = false)
    {
        var shard = new ShardId("m" + Guid.NewGuid().ToString("N"), variable, 0);
        IVariableGrain grain = Grains.GetGrain<IVariableGrain>(shard.ToString());
        ShardReport report = await grain.ReportAsync();
        AverageDefinition? average = hasAverage ? new AverageDefinition(AverageDefinition.DefaultName, 0.9f) : null;
        var definition = new VariableDefinition(variable, TensorDType.Float, new TensorShape(elements), 1, true, null, average);
        await grain.AdmitAsync(new ShardAdmission(report.Incarnation, definition, Generation: 1, Epoch: 1, EndedCut: 0));
        return new DataPlaneShard(Http, shard, grain, report.Incarnation);
    }
}
