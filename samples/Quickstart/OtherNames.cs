using Cairn.Client;
using Cairn.Format.Errors;

namespace Cairn.Quickstart;

/// <summary>Program 4: variables that have other names than in the checkpoint.</summary>
internal static class OtherNames
{
    public static async Task RestoreAsync(CairnClient client, Report report)
    {
        report.Begin(4, "Restore under other names");
        Model model = await Models.NewAsync(client, "quickstart-4");
        Variable<float> v1 = model.Variable("other-v1", [0.0f]);
        Variable<float> v2 = model.Variable("other-v2", [0.0f]);

        CheckpointException refusal = await Models.RefusalOfAsync(() => new Saver(model).RestoreAsync(SaveAndRestore.Path));
        report.Expect("without a map", nameof(CheckpointError.NotFound), refusal.Error.ToString());
        report.Say(refusal.Message);

        var saver = new Saver(model, new Dictionary<string, Variable> { ["v1"] = v1, ["v2"] = v2 });
        await saver.RestoreAsync(SaveAndRestore.Path);
        report.Expect("add = other-v1 + other-v2", "[3.0]", await SaveAndRestore.AddAsync(v1, v2));
        await model.DeleteAsync();
    }
}
