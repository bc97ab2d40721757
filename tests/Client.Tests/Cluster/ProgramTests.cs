namespace Cairn.Client.Tests.Cluster;

/// <summary>The everyday programs of <c>tf.train.Saver</c>'s users, with their files and values.</summary>
public sealed class ProgramTests(ClusterFixture cluster)
{
    private const float Average = 0.099999905f; // 1 - 0.99 in float32, times 10.

    [Fact]
    public async Task Program1_Save_WritesTheFilesAndTheStateFile()
    {
        (Saver saver, string folder, string prefix) = await SaveTwoAsync();

        Assert.Equal($"{folder}/model.ckpt", prefix);
        string[] files = [.. Directory.GetFiles(Path.Combine(cluster.Root, folder)).Select(file => Path.GetFileName(file))];
        Assert.All(["model.ckpt.meta", "model.ckpt.index", "checkpoint"], file => Assert.Contains(file, files));
        Assert.Contains(files, file => file.StartsWith("model.ckpt.data-00000-of-0000", StringComparison.Ordinal));
        Assert.Contains("model_checkpoint_path: \"model.ckpt\"", await File.ReadAllTextAsync(Path.Combine(cluster.Root, folder, "checkpoint")));
        Assert.Equal(prefix, await saver.LatestCheckpointAsync("./" + folder));
    }

    [Fact]
    public async Task Program2_Restore_IntoAModelThatWasNeverInitialised()
    {
        (_, _, string prefix) = await SaveTwoAsync();
        Model model = await cluster.ModelAsync();
        Variable<float> v1 = model.Variable("v1", [0f]);
        Variable<float> v2 = model.Variable("v2", [0f]);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => v1.ReadAsync());
        await new Saver(model).RestoreAsync("./" + prefix);

        Assert.Equal(CheckpointError.Uninitialised, refusal.Error);
        Assert.Contains("uninitialized value v1", refusal.Message);
        Assert.Equal(3f, (await v1.ReadAsync())[0] + (await v2.ReadAsync())[0]);
    }

    [Fact]
    public async Task Program4_OtherNames_NeedAMap()
    {
        (_, _, string prefix) = await SaveTwoAsync();
        Model model = await cluster.ModelAsync();
        Variable<float> v1 = model.Variable("other-v1", [0f]);
        Variable<float> v2 = model.Variable("other-v2", [0f]);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => new Saver(model).RestoreAsync(prefix));
        await new Saver(model, new Dictionary<string, Variable> { ["v1"] = v1, ["v2"] = v2 }).RestoreAsync(prefix);

        Assert.Equal(CheckpointError.NotFound, refusal.Error);
        Assert.All(["other-v1", "other-v2", "'v1'", "'v2'"], name => Assert.Contains(name, refusal.Message));
        Assert.Equal(3f, (await v1.ReadAsync())[0] + (await v2.ReadAsync())[0]);
    }

    [Fact]
    public async Task Programs5And6_MovingAverage_IsSavedAndRestoredIntoItsVariable()
    {
        Model model = await cluster.ModelAsync();
        Variable<float> v = model.Variable("v", 0f);
        var ema = new ExponentialMovingAverage(model, 0.99);
        ema.Apply();
        await model.InitializeAsync();
        await v.AssignAsync(10f);
        await ema.UpdateAsync();
        string prefix = await new Saver(model).SaveAsync($"./{cluster.NewName("ema")}/model_ema.ckpt");
        Assert.Equal(new[] { 10f }, await v.ReadAsync());
        Assert.Equal(new[] { Average }, await ema.Average(v).ReadAsync());

        Model byMap = await cluster.ModelAsync();
        Variable<float> mapped = byMap.Variable("v", 0f);
        await new Saver(byMap, new Dictionary<string, Variable> { ["v/ExponentialMovingAverage"] = mapped }).RestoreAsync(prefix);
        Assert.Equal(new[] { Average }, await mapped.ReadAsync());

        Model byAverage = await cluster.ModelAsync();
        Variable<float> averaged = byAverage.Variable("v", 0f);
        NameMap map = new ExponentialMovingAverage(byAverage, 0.99).VariablesToRestore();
        await new Saver(byAverage, map).RestoreAsync(prefix);
        Assert.Equal("v/ExponentialMovingAverage -> v", map.ToString());
        Assert.Equal(new[] { Average }, await averaged.ReadAsync());
    }

    [Fact]
    public async Task Program1_Twice_ReplacesTheUnnumberedCheckpoint()
    {
        Model model = await cluster.ModelAsync();
        Variable<float> v = model.Variable("v", [1f]);
        await model.InitializeAsync();
        var saver = new Saver(model);
        string path = $"./{cluster.NewName("twice")}/model.ckpt";
        await saver.SaveAsync(path);
        await v.AssignAsync(2f);
        string prefix = await saver.SaveAsync(path);
        await v.AssignAsync(3f);

        await saver.RestoreAsync(prefix);

        Assert.Equal(new[] { 2f }, await v.ReadAsync());
    }

    private async Task<(Saver Saver, string Folder, string Prefix)> SaveTwoAsync()
    {
        Model model = await cluster.ModelAsync();
        model.Variable("v1", [1f]);
        model.Variable("v2", [2f]);
        await model.InitializeAsync();
        var saver = new Saver(model);
        string folder = cluster.NewName("folder");
        return (saver, folder, await saver.SaveAsync($"./{folder}/model.ckpt"));
    }
}
