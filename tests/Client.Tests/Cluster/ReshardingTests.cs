using Cairn.Format.Tensors;

namespace Cairn.Client.Tests.Cluster;

/// <summary>What was saved in some number of partitions restores into any other, bit for bit.</summary>
public sealed class ReshardingTests(ClusterFixture cluster)
{
    private static readonly TensorShape Shape = new(23, 3);
    private static readonly double[] Values = [.. Enumerable.Range(0, 69).Select(i => 1.0 / (i + 1))];

    [Fact]
    public async Task RestoreAsync_SavedInFive_IntoOneTwoThreeAndSeven()
    {
        string prefix = await SaveAsync(5);
        foreach (int shards in new[] { 1, 2, 3, 7 })
        {
            Assert.Equal(Values, await RestoreAsync(prefix, shards));
        }
    }

    [Fact]
    public async Task RestoreAsync_SavedWhole_IntoThree() => Assert.Equal(Values, await RestoreAsync(await SaveAsync(1), 3));

    [Fact]
    public async Task ReadRowsAsync_AcrossShards_ReturnsThoseRows()
    {
        Model model = await cluster.ModelAsync();
        Variable<double> w = model.Variable("w", Shape, Values, Partitioner.FixedSize(5));
        await model.InitializeAsync();

        Assert.Equal(Values[12..48], await w.ReadRowsAsync(4, 12));
        Assert.Empty(await w.ReadRowsAsync(23, 0));
    }

    private async Task<string> SaveAsync(int shards)
    {
        Model model = await cluster.ModelAsync();
        model.Variable("w", Shape, Values, Partitioner.FixedSize(shards));
        await model.InitializeAsync();
        return await new Saver(model).SaveAsync($"./{cluster.NewName("shards")}/model.ckpt", globalStep: shards);
    }

    private async Task<double[]> RestoreAsync(string prefix, int shards)
    {
        Model model = await cluster.ModelAsync();
        Variable<double> w = model.Variable("w", Shape, 0.0, Partitioner.FixedSize(shards));
        Assert.Equal(shards, w.ShardCount);
        await new Saver(model).RestoreAsync(prefix);
        return await w.ReadAsync();
    }
}
