using Cairn.Chaos.Logs;
using Cairn.Chaos.Models;
using Cairn.Client;

namespace Cairn.Chaos.Trainers;

/// <summary>Sends an update as the log has it.</summary>
internal static class UpdateSender
{
    public static Task SendAsync(Step step, DeclaredModel model, int trainer, LoggedUpdate update)
    {
        if (update.Action == UpdateAction.Average)
        {
            model.NumUpdates = update.Seed;
            return step.UpdateAsync(model.Averages[trainer], CancellationToken.None);
        }

        PlannedVariable planned = ModelPlan.Variables.Single(variable => variable.Name == update.Variable);
        return planned.Kind switch
        {
            PlannedKind.Owned => SendAsync(step, model.Floats(planned.Name), update.Action, UpdateValues.Reals(update.Seed, planned.Elements)),
            PlannedKind.SharedFloats => SendAsync(step, model.Floats(planned.Name), update.Action, UpdateValues.Integers(update.Seed, planned.Elements)),
            _ => SendAsync(step, model.Longs(planned.Name), update.Action, UpdateValues.Longs(update.Seed, planned.Elements)),
        };
    }

    private static Task SendAsync<T>(Step step, Variable<T> variable, UpdateAction action, T[] values)
        where T : unmanaged => action switch
        {
            UpdateAction.Assign => step.AssignAsync(variable, values.AsMemory()),
            UpdateAction.Add => step.AssignAddAsync(variable, values.AsMemory()),
            _ => step.AssignSubAsync(variable, values.AsMemory()),
        };
}
