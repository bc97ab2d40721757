using Cairn.Contracts.Checkpoints;
using Cairn.Format.Tensors;

namespace Cairn.Client.Tests.Cluster;

/// <summary>Bad input gets an error that names the thing and the remedy, and changes nothing.</summary>
public sealed class RefusalTests(ClusterFixture cluster)
{
    [Theory]
    [InlineData("../outside/model.ckpt", "..")]
    [InlineData("/etc/model.ckpt", "outside")]
    [InlineData("a\\b/model.ckpt", "backslash")]
    [InlineData("a/model.ckpt.data-00000-of-00001", "give the prefix, without .data-")]
    [InlineData("a/model.ckpt.index", "give the prefix, without .index")]
    public async Task SaveAndRestore_OfAPathThatIsNoPrefix_AreRefused(string path, string reason)
    {
        Model model = await cluster.ModelAsync();
        model.Variable("v", [1f]);
        await model.InitializeAsync();

        CheckpointException save = await Assert.ThrowsAsync<CheckpointException>(() => new Saver(model).SaveAsync(path));
        CheckpointException restore = await Assert.ThrowsAsync<CheckpointException>(() => new Saver(model).RestoreAsync(path));

        Assert.All([save, restore], refusal => Assert.Equal(CheckpointError.InvalidArgument, refusal.Error));
        Assert.All([save, restore], refusal => Assert.Contains(reason, refusal.Message));
    }

    [Fact]
    public async Task RestoreAsync_KeyMissing_NamesTheNearest()
    {
        string prefix = await SaveAsync(model => model.Variable("kernel", [1f]));
        Model model = await cluster.ModelAsync();
        model.Variable("kernal", [1f]);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => new Saver(model).RestoreAsync(prefix));

        Assert.Equal(CheckpointError.NotFound, refusal.Error);
        Assert.Contains("kernal", refusal.Message);
        Assert.Contains("'kernel'", refusal.Message);
    }

    [Fact]
    public async Task RestoreAsync_AnotherDTypeOrShape_IsRefused_AndNothingChanges()
    {
        string prefix = await SaveAsync(model => model.Variable("v", [1f, 2f]));
        Model dtype = await cluster.ModelAsync();
        Variable<double> asDouble = dtype.Variable("v", [7.0, 8.0]);
        await dtype.InitializeAsync();
        Model shape = await cluster.ModelAsync();
        shape.Variable("v", new TensorShape(2, 1), 0f);

        CheckpointException wrongType = await Assert.ThrowsAsync<CheckpointException>(() => new Saver(dtype).RestoreAsync(prefix));
        CheckpointException wrongShape = await Assert.ThrowsAsync<CheckpointException>(() => new Saver(shape).RestoreAsync(prefix));

        Assert.All([wrongType, wrongShape], refusal => Assert.Equal(CheckpointError.InvalidArgument, refusal.Error));
        Assert.Contains("dtype double", wrongType.Message);
        Assert.Contains("[2,1]", wrongShape.Message);
        Assert.Equal(new[] { 7.0, 8.0 }, await asDouble.ReadAsync());
    }

    [Fact]
    public async Task RestoreAsync_NoSuchCheckpoint_SaysSo()
    {
        Model model = await cluster.ModelAsync();
        model.Variable("v", [1f]);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => new Saver(model).RestoreAsync("nowhere/model.ckpt"));

        Assert.Equal(CheckpointError.NotFound, refusal.Error);
        Assert.Contains("nowhere/model.ckpt", refusal.Message);
    }

    [Fact]
    public async Task SaveAsync_ANumberedPrefixTwice_IsRefusedWithTheWordOverwrite()
    {
        Model model = await cluster.ModelAsync();
        Variable<float> v = model.Variable("v", [1f]);
        await model.InitializeAsync();
        string path = $"./{cluster.NewName("numbered")}/model.ckpt";
        string prefix = await new Saver(model).SaveAsync(path, globalStep: 1000);
        await v.AssignAsync(2f);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => new Saver(model).SaveAsync(path, globalStep: 1000));
        string again = await new Saver(model) { Overwrite = true }.SaveAsync(path, globalStep: 1000);

        Assert.EndsWith("/model.ckpt-1000", prefix);
        Assert.Equal(CheckpointError.AlreadyExists, refusal.Error);
        Assert.Contains("overwrite", refusal.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(prefix, again);
    }

    [Fact]
    public async Task DefineAsync_Otherwise_ListsTheDifferences_AndTheSameIsNoFault()
    {
        CairnClient client = await cluster.ClientAsync();
        string name = cluster.NewName("defined");
        Declare(client.Model(name), v => v.Variable("v", [1f]));
        Model same = client.Model(name);
        same.Variable("v", [1f]);
        await same.DefineAsync();
        Model again = client.Model(name);
        again.Variable("v", [5f]);
        await again.DefineAsync();
        Model other = client.Model(name);
        other.Variable("v", [1.0, 2.0]);
        other.Variable("w", 0f);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => other.DefineAsync());

        Assert.Equal(CheckpointError.AlreadyExists, refusal.Error);
        Assert.All(["'v'", "'w'"], part => Assert.Contains(part, refusal.Message));

        static void Declare(Model model, Action<Model> declare) => declare(model);
    }

    [Fact]
    public async Task OpenModelAsync_UnknownModel_IsNotFound()
    {
        CairnClient client = await cluster.ClientAsync();

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => client.OpenModelAsync("never-defined"));

        Assert.Equal(CheckpointError.NotFound, refusal.Error);
    }

    [Fact]
    public async Task DeleteAsync_LeavesTheCheckpoints_AndTheNameIsFreeAgain()
    {
        CairnClient client = await cluster.ClientAsync();
        string name = cluster.NewName("deleted");
        Model model = client.Model(name);
        model.Variable("v", [1f]);
        await model.InitializeAsync();
        string folder = cluster.NewName("kept");
        await new Saver(model).SaveAsync($"./{folder}/model.ckpt");
        await model.DeleteAsync();
        Model namesake = client.Model(name);
        Variable<float> v = namesake.Variable("v", [0f]);

        IReadOnlyList<CheckpointSummary> kept = await new Saver(namesake).ListCheckpointsAsync("./" + folder);
        await new Saver(namesake).RestoreAsync(kept[0].Prefix);

        Assert.Single(kept);
        Assert.Equal(new[] { 1f }, await v.ReadAsync());
    }

    private async Task<string> SaveAsync(Func<Model, Variable> declare)
    {
        Model model = await cluster.ModelAsync();
        declare(model);
        await model.InitializeAsync();
        return await new Saver(model).SaveAsync($"./{cluster.NewName("refusals")}/model.ckpt");
    }
}
