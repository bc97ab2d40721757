using System.Net;
using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Format.Tensors;
using Cairn.Storage.Memory;
using Microsoft.Extensions.DependencyInjection;

namespace Cairn.Silo.Tests.DataPlane;

public sealed class RedirectTests : IAsyncLifetime
{
    private EmbeddedCluster _cluster = null!;

    public async ValueTask InitializeAsync() =>
        _cluster = await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Store = new MemoryBlobStore(), SiloCount = 2 });

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Request_ToASiloWithoutTheShard_IsSentToItsOwner_OrToldThatThereIsNone()
    {
        var coordinator = _cluster.Services.GetRequiredService<IGrainFactory>().GetGrain<ICheckpointCoordinatorGrain>("ranker");
        var variable = new VariableDefinition("scope/v w", TensorDType.Float, new TensorShape(4), 1, true, [0, 0, 128, 63], null);
        ModelDescription model = await coordinator.DefineAsync(new ModelDefinition("ranker", [variable]));
        ShardRoute route = Assert.Single(model.Routes);
        Uri other = _cluster.Silos.Select(silo => silo.DataPlane).Single(address => address != route.DataPlane);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        string path = $"/v1/models/ranker/shards/0/value?variable=scope%2Fv%20w&generation={model.Generation}";

        using HttpResponseMessage away = await http.GetAsync(new Uri(other, path));

        Assert.Equal(HttpStatusCode.TemporaryRedirect, away.StatusCode);
        Assert.Equal(new Uri(route.DataPlane, path), away.Headers.Location);
        var followed = new HttpRequestMessage(HttpMethod.Get, away.Headers.Location);
        followed.Headers.Add("Cairn-Incarnation", route.Incarnation.ToString());
        await DataPlaneShard.RefusedAsync(409, "Uninitialised", await http.SendAsync(followed));
        await DataPlaneShard.RefusedAsync(404, "NotFound", await http.GetAsync(new Uri(other, "/v1/models/ranker/shards/1/value?variable=scope%2Fv%20w")));
        await DataPlaneShard.RefusedAsync(404, "NotFound", await http.GetAsync(new Uri(other, "/v1/models/ranker/shards/0/value?variable=missing")));
        await DataPlaneShard.RefusedAsync(404, "NotFound", await http.GetAsync(new Uri(other, "/v1/models/stranger/shards/0/value?variable=v")));
    }
}
