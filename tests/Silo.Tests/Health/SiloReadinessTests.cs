using System.Net;
using Cairn.Format.Errors;

namespace Cairn.Silo.Tests.Health;

public sealed class SiloReadinessTests
{
    [Fact]
    public async Task Ready_StoreRefuses_IsNotReadyButLive()
    {
        var store = new FaultyStore();
        await using EmbeddedCluster cluster = await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Store = store });
        using var http = new HttpClient { BaseAddress = cluster.Silos[0].DataPlane };
        store.Fault = new CheckpointException(CheckpointError.StoreUnavailable, "'faulty' is away.");

        using HttpResponseMessage ready = await http.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("'faulty' is away.\n", await ready.Content.ReadAsStringAsync());
        Assert.Equal("ok\n", await http.GetStringAsync("/health/live"));
    }
}
