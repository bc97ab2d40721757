using System.Collections.Immutable;
using Cairn.Chaos.Logs;
using Cairn.Chaos.Models;

namespace Cairn.Chaos.Trainers;

/// <summary>Chooses what a trainer does in a step.</summary>
internal static class StepChoice
{
    private const int OwnedMax = 5;
    private const int SharedMax = 5;

    /// <summary>Updates of the trainer's own variables, then of the shared ones, then most often of its averages.</summary>
    public static ImmutableArray<LoggedUpdate> Next(int trainer, long step, Random random)
    {
        ImmutableArray<LoggedUpdate>.Builder updates = ImmutableArray.CreateBuilder<LoggedUpdate>();
        foreach (PlannedVariable owned in Some(trainer, OwnedMax, random))
        {
            // Assigned most often; a sum of reals is exact too, since nobody else comes between.
            updates.Add(new LoggedUpdate((UpdateAction)Math.Max(0, random.Next(-2, 3)), owned.Name, random.NextInt64()));
        }

        foreach (PlannedVariable shared in Some(-1, SharedMax, random))
        {
            updates.Add(new LoggedUpdate(random.Next(3) == 0 ? UpdateAction.Sub : UpdateAction.Add, shared.Name, random.NextInt64()));
        }

        if (random.Next(4) > 0)
        {
            updates.Add(new LoggedUpdate(UpdateAction.Average, "", ModelPlan.CountsUpdates(trainer) ? step : 0));
        }

        return updates.ToImmutable();
    }

    private static IEnumerable<PlannedVariable> Some(int owner, int max, Random random)
    {
        PlannedVariable[] candidates = [.. ModelPlan.Variables.Where(variable => variable.Owner == owner)];
        random.Shuffle(candidates);
        return candidates.Take(random.Next(1, max + 1));
    }
}
