using Cairn.Client;
using Cairn.Format.Errors;

namespace Cairn.Quickstart;

/// <summary>Programs 1 and 2: save two variables, restore them into a new model.</summary>
internal static class SaveAndRestore
{
    /// <summary>The checkpoint that programs 2 and 4 restore.</summary>
    public const string Path = "./model/model.ckpt";

    public static async Task SaveAsync(CairnClient client, Report report)
    {
        report.Begin(1, "Save two variables");
        Model model = await Models.NewAsync(client, "quickstart-1");
        Variable<float> v1 = model.Variable("v1", [1.0f]);
        Variable<float> v2 = model.Variable("v2", [2.0f]);
        await model.InitializeAsync();

        var saver = new Saver(model);
        string prefix = await saver.SaveAsync(Path);

        report.Expect("saved", "model/model.ckpt", prefix);
        report.Expect("latest checkpoint of ./model", prefix, await saver.LatestCheckpointAsync("./model") ?? "none");
        report.Expect("add = v1 + v2", "[3.0]", await AddAsync(v1, v2));
        await model.DeleteAsync();
    }

    public static async Task RestoreAsync(CairnClient client, Report report)
    {
        report.Begin(2, "Restore them into a new model that was never initialised");
        Model model = await Models.NewAsync(client, "quickstart-2");
        Variable<float> v1 = model.Variable("v1", [1.0f]);
        Variable<float> v2 = model.Variable("v2", [2.0f]);

        CheckpointException refusal = await Models.RefusalOfAsync(() => v1.ReadAsync());
        report.Expect("reading before the restore", nameof(CheckpointError.Uninitialised), refusal.Error.ToString());
        report.Say(refusal.Message);

        await new Saver(model).RestoreAsync(Path);
        report.Expect("add = v1 + v2", "[3.0]", await AddAsync(v1, v2));
        await model.DeleteAsync();
    }

    /// <summary>What the job computes from the variables.</summary>
    public static async Task<string> AddAsync(Variable<float> a, Variable<float> b) =>
        Report.Text([.. (await a.ReadAsync()).Zip(await b.ReadAsync(), (x, y) => x + y)]);
}
