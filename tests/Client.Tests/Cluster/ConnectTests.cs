using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cairn.Client.Tests.Cluster;

/// <summary>A client that is not in a silo's process, over a gateway.</summary>
public sealed class ConnectTests(ClusterFixture cluster)
{
    [Fact]
    public async Task ConnectAsync_ToTheClustersGateway_ReadsWhatAnotherClientWrote()
    {
        CairnClient inside = await cluster.ClientAsync();
        string name = cluster.NewName("connected");
        Model model = inside.Model(name);
        model.Variable("v", [1f, 2f]);
        new ExponentialMovingAverage(model, 0.5).Apply();
        await model.InitializeAsync();

        await using CairnClient outside = await CairnClient.ConnectAsync(await cluster.OptionsAsync());
        Model opened = await outside.OpenModelAsync(name);
        var v = (Variable<float>)opened.Find("v");
        await v.AssignAddAsync(1f, 1f);

        Assert.Equal("v:0, v/ExponentialMovingAverage:0", string.Join(", ", opened.GlobalVariables()));
        Assert.Equal(new[] { 2f, 3f }, await v.ReadAsync());
    }

    [Fact]
    public async Task AddCairnClient_InAHost_ConnectsWhenTheHostStarts()
    {
        CairnClientOptions found = await cluster.OptionsAsync();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCairnClient(options => (options.ClusterId, options.GatewayPorts) = (found.ClusterId, found.GatewayPorts));
        using IHost host = builder.Build();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await host.StartAsync(patience.Token);

        Model model = host.Services.GetRequiredService<CairnClient>().Model(cluster.NewName("hosted"));
        Variable<int> v = model.Variable("v", [1, 2, 3]);
        await model.InitializeAsync(patience.Token);

        Assert.Equal(new[] { 1, 2, 3 }, await v.ReadAsync(patience.Token));
        await host.Services.GetRequiredService<CairnClient>().DisposeAsync();
        await host.StopAsync(patience.Token);
    }

    [Fact]
    public void AddCairnClient_WithWrongOptions_IsRefusedAtOnce() =>
        Assert.Throws<CheckpointException>(() => new ServiceCollection().AddCairnClient(options => options.GatewayPorts.Clear()));

    [Fact]
    public async Task ConnectAsync_NobodyThere_NamesThePorts()
    {
        var options = new CairnClientOptions { GatewayPorts = [1], ConnectTimeout = TimeSpan.FromSeconds(2) };

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => CairnClient.ConnectAsync(options));

        Assert.Equal(CheckpointError.TryAgain, refusal.Error);
        Assert.Contains("gateway ports 1", refusal.Message);
    }
}
