using Cairn.Format.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace Cairn.Silo.Tests;

public sealed class EmbeddedClusterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task StartAsync_ThreeSilos_AllAreReadyAndSeeEachOther()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await using EmbeddedCluster cluster = await StartAsync(3, deadline.Token);

        Assert.Equal(3, cluster.Silos.Select(silo => silo.DataPlane.Port).Distinct().Count());
        foreach (EmbeddedSilo silo in cluster.Silos)
        {
            var management = silo.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
            Assert.Equal(3, (await management.GetHosts(onlyActive: true)).Count);
            Assert.Equal("ok\n", await GetAsync(silo.DataPlane, "/health/ready", deadline.Token));
        }
    }

    [Fact]
    public async Task StartAsync_SeveralClustersAtOnce_StayApart()
    {
        using var deadline = new CancellationTokenSource(Patience);
        EmbeddedCluster[] clusters = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartAsync(2, deadline.Token)));
        try
        {
            foreach (EmbeddedCluster cluster in clusters)
            {
                var management = cluster.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
                Assert.Equal(2, (await management.GetHosts(onlyActive: true)).Count);
            }
        }
        finally
        {
            await Task.WhenAll(clusters.Select(cluster => cluster.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task StopSiloAsync_Second_LeavesTheFirstReady()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await using EmbeddedCluster cluster = await StartAsync(2, deadline.Token);

        await cluster.StopSiloAsync(1, deadline.Token);
        await cluster.StopSiloAsync(1, deadline.Token);

        Assert.False(cluster.Silos[1].IsRunning);
        Assert.Equal("ok\n", await GetAsync(cluster.Silos[0].DataPlane, "/health/ready", deadline.Token));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(cluster.Silos[1].DataPlane, "/health/live", deadline.Token));
    }

    [Fact]
    public async Task AddSiloAsync_RunningCluster_IsSeenByAll()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await using EmbeddedCluster cluster = await StartAsync(1, deadline.Token);

        EmbeddedSilo added = await cluster.AddSiloAsync(deadline.Token);

        var management = added.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
        Assert.Equal(2, (await management.GetHosts(onlyActive: true)).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public async Task StartAsync_SiloCountOutsideItsRange_IsRefused(int count) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => StartAsync(count, CancellationToken.None));

    private static Task<EmbeddedCluster> StartAsync(int siloCount, CancellationToken cancellationToken) =>
        EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Store = new FaultyStore(), SiloCount = siloCount }, cancellationToken);

    private static async Task<string> GetAsync(Uri dataPlane, string path, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = dataPlane };
        return await http.GetStringAsync(path, cancellationToken);
    }
}
