using Cairn.Client;
using Cairn.Format.Tensors;
using Cairn.Silo;
using Microsoft.Extensions.Logging;

namespace Cairn.Bench;

/// <summary>A silo and a trainer in this process: a model of equal float variables, all initialised.</summary>
internal sealed class Training : IAsyncDisposable
{
    private readonly EmbeddedCluster _cluster;
    private readonly CairnClient _client;

    private Training(EmbeddedCluster cluster, CairnClient client, Model model, Variable<float>[] variables, Session session) =>
        (_cluster, _client, Model, Variables, Session) = (cluster, client, model, variables, session);

    public Model Model { get; }

    public Variable<float>[] Variables { get; }

    public Session Session { get; }

    public static async Task<Training> BeginAsync(EmbeddedClusterOptions options, int variableCount, int variableElements, Partitioner partitioner = default)
    {
        EmbeddedCluster cluster = await EmbeddedCluster.StartAsync(options with { LogLevel = LogLevel.Error });
        var client = CairnClient.InProcess(cluster.Services);
        Model model = client.Model("bench");
        Variable<float>[] variables =
            [.. Enumerable.Range(0, variableCount).Select(i => model.Variable($"v{i:000}", new TensorShape(variableElements), 1f, partitioner))];
        await model.InitializeAsync();
        return new Training(cluster, client, model, variables, await model.OpenSessionAsync("trainer"));
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        await _client.DisposeAsync();
        await _cluster.DisposeAsync();
    }
}
