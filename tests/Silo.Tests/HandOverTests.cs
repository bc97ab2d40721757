using Cairn.Client;
using Cairn.Testing;
using Cairn.Testing.Servers;

namespace Cairn.Silo.Tests;

/// <summary>A silo that is stopped gracefully hands its shards over: training goes on, and no step is lost (docs/protocol.md, R21).</summary>
public sealed class HandOverTests(RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly string _folder = Directory.CreateTempSubdirectory("cairn-handover-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task StopSilo_WhileOthersTrain_MovesItsShards_AndLosesNoStep()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await using EmbeddedCluster cluster = await EmbeddedCluster.StartAsync(
            new EmbeddedClusterOptions { StoreRoot = _folder, SiloCount = 2, StopTimeout = TimeSpan.FromMinutes(1) }, deadline.Token);
        await using CairnClient client = await ConnectAsync(cluster, deadline.Token);
        await using TrainingJob job = await TrainingJob.StartAsync(client, "job", deadline.Token);
        await job.ProceedAsync(20, deadline.Token);

        await cluster.StopSiloAsync(1, deadline.Token);

        await job.ProceedAsync(20, deadline.Token);
        await job.AssertNothingWasLostAsync(deadline.Token);
    }

    /// <summary>Each silo goes once, so that the one with the coordinator was among them.</summary>
    [Fact(Explicit = true)]
    public async Task Terminate_EachSiloProcessInTurn_WhileOthersTrain_LosesNoStep()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await using SiloProcessCluster cluster = await SiloProcessCluster.StartAsync(
            new SiloProcessClusterOptions { Store = _folder, SiloCount = 2, Redis = redis.ConnectionString, Arguments = ["--page-bytes-max", "256MiB"] },
            deadline.Token);
        await using CairnClient client = await CairnClient.ConnectAsync(
            new CairnClientOptions
            {
                ClusterId = cluster.Options.ClusterId,
                Clustering = ClientClustering.Redis,
                RedisConnection = redis.ConnectionString,
            },
            deadline.Token);
        await using TrainingJob job = await TrainingJob.StartAsync(client, "job", deadline.Token);
        await job.ProceedAsync(20, deadline.Token);

        Assert.Equal(0, await cluster.Silos[0].StopAsync(deadline.Token));
        await job.ProceedAsync(20, deadline.Token);
        await cluster.AddSiloAsync(deadline.Token);
        Assert.Equal(0, await cluster.Silos[1].StopAsync(deadline.Token));

        await job.ProceedAsync(20, deadline.Token);
        await job.AssertNothingWasLostAsync(deadline.Token);
    }

    private static Task<CairnClient> ConnectAsync(EmbeddedCluster cluster, CancellationToken cancellationToken) => CairnClient.ConnectAsync(
        new CairnClientOptions { GatewayPorts = [.. cluster.Silos.Select(silo => silo.Gateway.Port)] }, cancellationToken);
}
