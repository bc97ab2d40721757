using Cairn.Testing;
using Cairn.Testing.Servers;

namespace Cairn.Silo.Tests;

/// <summary>Several silo processes find each other.</summary>
public sealed class SiloProcessClusterTests(RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cairn-silos-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task ThreeProcesses_LocalhostClustering_AreReadyAndStopOneByOne() => StartAndStopAsync(new SiloProcessClusterOptions { Store = _folder });

    [Fact]
    public Task ThreeProcesses_RedisClustering_AreReadyAndStopOneByOne() =>
        StartAndStopAsync(new SiloProcessClusterOptions { Store = _folder, Redis = redis.ConnectionString });

    private static async Task StartAndStopAsync(SiloProcessClusterOptions options)
    {
        await using SiloProcessCluster cluster = await SiloProcessCluster.StartAsync(options);
        Assert.Equal([0, 0, 0], await cluster.StopAsync());
    }
}
