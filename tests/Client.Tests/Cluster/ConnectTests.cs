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
    public async Task ConnectAsync_NobodyThere_NamesThePorts()
    {
        var options = new CairnClientOptions { GatewayPorts = [1], ConnectTimeout = TimeSpan.FromSeconds(2) };

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => CairnClient.ConnectAsync(options));

        Assert.Equal(CheckpointError.TryAgain, refusal.Error);
        Assert.Contains("gateway ports 1", refusal.Message);
    }
}
