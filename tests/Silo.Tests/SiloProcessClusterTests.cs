using Cairn.Testing;
using Cairn.Testing.Servers;

namespace Cairn.Silo.Tests;

/// <summary>Several silo processes find each other.</summary>
public sealed class SiloProcessClusterTests(RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cairn-silos-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ThreeProcesses_LocalhostClustering_AreReadyAndStopOneByOne()
    {
        await using SiloProcessCluster cluster = await SiloProcessCluster.StartAsync(3, _folder);
        await StopAllAsync(cluster);
    }

    [Fact]
    public async Task ThreeProcesses_RedisClustering_AreReadyAndStopOneByOne()
    {
        await using SiloProcessCluster cluster = await SiloProcessCluster.StartAsync(3, _folder, redis.ConnectionString);
        await StopAllAsync(cluster);
    }

    private static async Task StopAllAsync(SiloProcessCluster cluster)
    {
        foreach (SiloProcess silo in cluster.Silos.Reverse())
        {
            Assert.Equal(0, await silo.StopAsync());
        }
    }
}
