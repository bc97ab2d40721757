using Cairn.Chaos.Models;
using Cairn.Client;

namespace Cairn.Chaos.Trainers;

/// <summary>What a trainer saves, and how often.</summary>
/// <param name="Path">The prefix, without a number.</param>
/// <param name="StateFile">The state file that names the newest.</param>
/// <param name="IsNumbered">Whether each checkpoint has a name of its own; else each replaces the last.</param>
/// <param name="IsWhole">Whether all variables are saved; else the shared ones only.</param>
/// <param name="Pause">The mean time between two saves.</param>
internal sealed record SavingPlan(string Path, string StateFile, bool IsNumbered, bool IsWhole, TimeSpan Pause)
{
    /// <summary>All plans: the chief's, a second chief's at the same time, and one that replaces a checkpoint of some variables.</summary>
    public static IReadOnlyList<SavingPlan> All { get; } =
    [
        new($"{ModelPlan.Folder}/model.ckpt", "checkpoint", IsNumbered: true, IsWhole: true, TimeSpan.FromSeconds(5)),
        new($"{ModelPlan.Folder}/second.ckpt", "second", IsNumbered: true, IsWhole: true, TimeSpan.FromSeconds(8)),
        new($"{ModelPlan.Folder}/shared.ckpt", "shared", IsNumbered: false, IsWhole: false, TimeSpan.FromSeconds(15)),
    ];

    /// <summary>The plan of a trainer; null when it only trains.</summary>
    public static SavingPlan? Of(int trainer) => trainer < All.Count ? All[trainer] : null;

    public Saver CreateSaver(DeclaredModel model)
    {
        if (IsWhole)
        {
            return new Saver(model.Model) { MaxToKeep = 0, LatestFileName = StateFile, Timeout = CallLimits.SaverTimeout };
        }

        Variable[] shared = [.. model.Model.GlobalVariables().Where(variable => variable.Name.StartsWith("shared/", StringComparison.Ordinal))];
        return new Saver(model.Model, shared) { MaxToKeep = 0, LatestFileName = StateFile, Timeout = CallLimits.SaverTimeout };
    }
}
