using Cairn.Client;

namespace Cairn.Quickstart;

/// <summary>Programs 5 and 6: save a moving average with its variable, restore the average into the variable.</summary>
internal static class MovingAverages
{
    private const string Path = "./Model/model_ema.ckpt";

    /// <summary>10 - 10 * 0.99 in float32, since 1 - 0.99 is taken in float32.</summary>
    private const string Average = "0.099999905";

    public static async Task SaveAsync(CairnClient client, Report report)
    {
        report.Begin(5, "Save with moving averages");
        Model model = await Models.NewAsync(client, "quickstart-5");
        Variable<float> v = model.Variable("v", 0.0f);
        report.Expect("variables", "v:0", string.Join(", ", model.GlobalVariables()));

        var ema = new ExponentialMovingAverage(model, 0.99);
        ema.Apply();
        report.Expect("variables, with averages", "v:0, v/ExponentialMovingAverage:0", string.Join(", ", model.GlobalVariables()));

        await model.InitializeAsync();
        await v.AssignAsync(10.0f);
        await ema.UpdateAsync();
        report.Expect("saved", "Model/model_ema.ckpt", await new Saver(model).SaveAsync(Path));
        report.Expect("v", "10.0", await ValueAsync(v));
        report.Expect("v/ExponentialMovingAverage", Average, await ValueAsync(ema.Average(v)));
        await model.DeleteAsync();
    }

    public static async Task RestoreAsync(CairnClient client, Report report)
    {
        report.Begin(6, "Restore the average into the variable");
        Model model = await Models.NewAsync(client, "quickstart-6");
        Variable<float> v = model.Variable("v", 0.0f);

        var byHand = new Saver(model, new Dictionary<string, Variable> { ["v/ExponentialMovingAverage"] = v });
        await byHand.RestoreAsync(Path);
        report.Expect("v, by a map", Average, await ValueAsync(v));

        await v.AssignAsync(0.0f);
        NameMap map = new ExponentialMovingAverage(model, 0.99).VariablesToRestore();
        report.Expect("VariablesToRestore()", "v/ExponentialMovingAverage -> v", map.ToString());
        await new Saver(model, map).RestoreAsync(Path);
        report.Expect("v, by VariablesToRestore()", Average, await ValueAsync(v));
        await model.DeleteAsync();
    }

    private static async Task<string> ValueAsync(Variable<float> variable) => Report.Text((await variable.ReadAsync())[0]);
}
