namespace Cairn.Client.Tests.Cluster;

/// <summary>Each option of a saver does to the files what it does in <c>tf.train.Saver</c>.</summary>
public sealed class SaverOptionTests(ClusterFixture cluster)
{
    private static readonly TimeSpan DeletionPatience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task MaxToKeep_Two_TheThirdSaveDeletesTheFirst_AndTheStateFileListsTwo()
    {
        Model model = await ModelOfOneAsync();
        string folder = cluster.NewName("kept");

        await SaveStepsAsync(new Saver(model) { MaxToKeep = 2 }, folder, 3);

        await WaitUntilGoneAsync(folder, "model.ckpt-1");
        string[] files = FilesOf(folder);
        Assert.All(["model.ckpt-2", "model.ckpt-3"], prefix => RequireWhole(files, prefix));
        Assert.Equal(["model.ckpt-2", "model.ckpt-3"], await ListedAsync(folder, "checkpoint"));
    }

    [Fact]
    public async Task MaxToKeep_Zero_KeepsAll_AndTheStateFileListsTheLatest()
    {
        Model model = await ModelOfOneAsync();
        string folder = cluster.NewName("all-kept");

        await SaveStepsAsync(new Saver(model) { MaxToKeep = 0 }, folder, 7);

        string[] files = FilesOf(folder);
        Assert.All(Enumerable.Range(1, 7), step => RequireWhole(files, $"model.ckpt-{step}"));
        Assert.Equal(["model.ckpt-7"], await ListedAsync(folder, "checkpoint"));
    }

    /// <summary>An evicted checkpoint that was saved after the first interval stays for ever; one of the saver's first moment does not.</summary>
    [Fact]
    public async Task KeepCheckpointEveryNHours_ThatHavePassed_KeepsTheEvictedCheckpoint_OffTheList()
    {
        const double Hours = 1e-9; // 3.6 microseconds: any two saves lie further apart.
        Model model = await ModelOfOneAsync();
        string folder = cluster.NewName("hourly");

        await SaveStepsAsync(new Saver(model) { MaxToKeep = 1, KeepCheckpointEveryNHours = Hours }, folder, 3);

        await WaitUntilGoneAsync(folder, "model.ckpt-1");
        string[] files = FilesOf(folder);
        Assert.All(["model.ckpt-2", "model.ckpt-3"], prefix => RequireWhole(files, prefix));
        Assert.Equal(["model.ckpt-3"], await ListedAsync(folder, "checkpoint"));
    }

    [Fact]
    public async Task PadStepNumber_WritesEightDigits_AndNothingWithoutAStep()
    {
        Model model = await ModelOfOneAsync();
        string folder = cluster.NewName("padded");
        var saver = new Saver(model) { PadStepNumber = true };

        Assert.Equal($"{folder}/model.ckpt-00000042", await saver.SaveAsync($"./{folder}/model.ckpt", globalStep: 42));
        Assert.Equal($"{folder}/model.ckpt-123456789", await saver.SaveAsync($"./{folder}/model.ckpt", globalStep: 123456789));
        Assert.Equal($"{folder}/model.ckpt", await saver.SaveAsync($"./{folder}/model.ckpt"));
    }

    [Fact]
    public async Task WriteMeta_False_WritesNoMeta_AndTheCheckpointLoads()
    {
        Model model = await ModelOfOneAsync();
        string folder = cluster.NewName("no-meta");
        var saver = new Saver(model) { WriteMeta = false };

        await saver.RestoreAsync(await saver.SaveAsync($"./{folder}/model.ckpt"));

        string[] files = FilesOf(folder);
        Assert.Contains("model.ckpt.index", files);
        Assert.DoesNotContain(files, file => file.EndsWith(".meta", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WriteState_False_LeavesTheStateFileAlone_AndDeletesNothing()
    {
        Model model = await ModelOfOneAsync();
        string folder = cluster.NewName("no-state");
        await SaveStepsAsync(new Saver(model), folder, 1);
        string before = await StateAsync(folder, "checkpoint");
        var silent = new Saver(model) { WriteState = false, MaxToKeep = 1 };

        string second = await silent.SaveAsync($"./{folder}/model.ckpt", globalStep: 2);
        await silent.SaveAsync($"./{folder}/model.ckpt", globalStep: 3);

        string[] files = FilesOf(folder);
        Assert.All(["model.ckpt-1", "model.ckpt-2", "model.ckpt-3"], prefix => RequireWhole(files, prefix));
        Assert.Equal(before, await StateAsync(folder, "checkpoint"));
        Assert.Equal($"{folder}/model.ckpt-1", await silent.LatestCheckpointAsync("./" + folder));
        await silent.RestoreAsync(second);
    }

    [Fact]
    public async Task LatestFileName_NamesTheStateFile_WhichHasAListOfItsOwn()
    {
        Model model = await ModelOfOneAsync();
        string folder = cluster.NewName("two-states");
        var best = new Saver(model) { LatestFileName = "best" };
        var usual = new Saver(model);

        await best.SaveAsync($"./{folder}/best.ckpt", globalStep: 1);
        await usual.SaveAsync($"./{folder}/model.ckpt", globalStep: 1);

        Assert.Equal(["best.ckpt-1"], await ListedAsync(folder, "best"));
        Assert.Equal(["model.ckpt-1"], await ListedAsync(folder, "checkpoint"));
        Assert.Equal($"{folder}/best.ckpt-1", await best.LatestCheckpointAsync("./" + folder));
        Assert.Equal($"{folder}/model.ckpt-1", await usual.LatestCheckpointAsync("./" + folder));
    }

    [Fact]
    public async Task Saver_OfSomeVariables_SavesThoseOnly_AndRestoresThoseOnly()
    {
        Model model = await cluster.ModelAsync();
        Variable<float> v = model.Variable("v", [1f]);
        Variable<float> w = model.Variable("w", [2f]);
        await model.InitializeAsync();
        var some = new Saver(model, [v]);
        string prefix = await some.SaveAsync($"./{cluster.NewName("some")}/model.ckpt");
        await v.AssignAsync(10f);
        await w.AssignAsync(20f);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => new Saver(model).RestoreAsync(prefix));
        await some.RestoreAsync(prefix);

        Assert.Equal(CheckpointError.NotFound, refusal.Error);
        Assert.Contains("Key w not found", refusal.Message);
        Assert.Equal((1f, 20f), ((await v.ReadAsync())[0], (await w.ReadAsync())[0]));
    }

    [Fact]
    public async Task Saver_OfANameMap_SavesUnderTheMapsNames()
    {
        Model model = await cluster.ModelAsync();
        Variable<float> v = model.Variable("v", [1f]);
        model.Variable("w", [2f]);
        await model.InitializeAsync();
        string prefix = await new Saver(model, new Dictionary<string, Variable> { ["renamed/v"] = v }).SaveAsync($"./{cluster.NewName("map")}/model.ckpt");
        Model reader = await cluster.ModelAsync();
        Variable<float> renamed = reader.Variable("renamed/v", [0f]);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => new Saver(model, [v]).RestoreAsync(prefix));
        await new Saver(reader).RestoreAsync(prefix);

        Assert.Equal(CheckpointError.NotFound, refusal.Error);
        Assert.Contains("Key v not found", refusal.Message);
        Assert.Equal(new[] { 1f }, await renamed.ReadAsync());
    }

    private static async Task SaveStepsAsync(Saver saver, string folder, int count)
    {
        for (int step = 1; step <= count; step++)
        {
            await saver.SaveAsync($"./{folder}/model.ckpt", globalStep: step);
        }
    }

    private static void RequireWhole(string[] files, string prefix)
    {
        Assert.Contains(prefix + ".index", files);
        Assert.Contains(prefix + ".meta", files);
        Assert.Contains(files, file => file.StartsWith(prefix + ".data-", StringComparison.Ordinal));
    }

    private async Task<Model> ModelOfOneAsync()
    {
        Model model = await cluster.ModelAsync();
        model.Variable("v", [1f]);
        await model.InitializeAsync();
        return model;
    }

    /// <summary>A save is over when it is committed; what it evicts may go a moment later.</summary>
    private async Task WaitUntilGoneAsync(string folder, string prefix)
    {
        using var patience = new CancellationTokenSource(DeletionPatience);
        while (FilesOf(folder).FirstOrDefault(file => file.StartsWith(prefix + ".", StringComparison.Ordinal)) is { } file)
        {
            Assert.False(patience.IsCancellationRequested, $"{folder}/{file} was not deleted within {DeletionPatience.TotalSeconds} s.");
            await Task.Yield();
        }
    }

    private string[] FilesOf(string folder) => [.. Directory.GetFiles(Path.Combine(cluster.Root, folder)).Select(file => Path.GetFileName(file))];

    private async Task<IEnumerable<string>> ListedAsync(string folder, string stateFile)
    {
        const string Field = "all_model_checkpoint_paths: ";
        string state = await StateAsync(folder, stateFile);
        return state.Split('\n').Where(line => line.StartsWith(Field, StringComparison.Ordinal)).Select(line => line[Field.Length..].Trim().Trim('"'));
    }

    private Task<string> StateAsync(string folder, string stateFile) => File.ReadAllTextAsync(Path.Combine(cluster.Root, folder, stateFile));
}
