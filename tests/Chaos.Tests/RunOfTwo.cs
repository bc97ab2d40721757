using System.Collections.Immutable;
using Cairn.Chaos.Logs;
using Cairn.Chaos.Models;
using Cairn.Chaos.Verification;
using Cairn.Format.Sidecars;

namespace Cairn.Chaos.Tests;

/// <summary>The logs of two trainers that ended three steps each, and checkpoints that are right by them until a test spoils one.</summary>
internal sealed class RunOfTwo
{
    public const long Generation = 1;

    private static readonly LoggedUpdate[] Alternatives =
    [
        new(UpdateAction.Assign, "owned-{0}/partitioned", 11),
        new(UpdateAction.Add, "owned-{0}/w03", 12),
        new(UpdateAction.Add, "shared/partitioned", 13),
        new(UpdateAction.Sub, "shared/longs", 14),
    ];

    /// <summary>The events of each trainer.</summary>
    public List<TrainerEvent>[] Logs { get; } = [Train(0), Train(1)];

    /// <summary>What the logs say.</summary>
    public TrainerHistory[] Histories => [.. Logs.Select((events, index) => new TrainerHistory(index, events))];

    /// <summary>The updates of a step.</summary>
    public static ImmutableArray<LoggedUpdate> Updates(int trainer, long step) =>
    [
        .. Alternatives.Select(update => update with { Variable = string.Format(null, update.Variable, trainer), Seed = update.Seed + (100 * step) + trainer }),
        new(UpdateAction.Average, "", ModelPlan.CountsUpdates(trainer) ? step : 0),
    ];

    /// <summary>The state after so many steps of each trainer.</summary>
    public static ModelState StateAfter(params long[] steps)
    {
        ModelState state = ModelState.Initial();
        for (int trainer = 0; trainer < steps.Length; trainer++)
        {
            for (long step = 0; step <= steps[trainer]; step++)
            {
                Do(state, trainer, Updates(trainer, step));
            }
        }

        return state;
    }

    /// <summary>Does a step's updates.</summary>
    public static void Do(ModelState state, int trainer, IEnumerable<LoggedUpdate> updates)
    {
        foreach (LoggedUpdate update in updates)
        {
            state.Apply(trainer, update);
        }
    }

    /// <summary>A sound checkpoint with this state, whose sidecar names these steps.</summary>
    public static StoredCheckpoint Checkpoint(ModelState state, long cut, params long[] steps)
    {
        var sidecar = new Sidecar(
            Sidecar.FormatVersionCurrent, ModelPlan.Name, Guid.NewGuid(), Generation, 1, cut, null,
            [.. steps.Select((step, trainer) => new SidecarSession(ModelPlan.TrainerName(trainer), Guid.NewGuid(), step))],
            [], [], [], new string('0', 64), []);
        var tensors = state.Names.ToDictionary(name => name, name => (ReadOnlyMemory<byte>)state.Bytes(name).ToArray());
        return new StoredCheckpoint($"run-{cut}", sidecar, tensors, []);
    }

    private static List<TrainerEvent> Train(int trainer)
    {
        List<TrainerEvent> events = [new TrainerEvent { Deed = TrainerDeed.Join, Generation = Generation, Step = -1 }];
        for (long step = 0; step < 3; step++)
        {
            events.Add(new TrainerEvent { Deed = TrainerDeed.Step, Generation = Generation, Step = step, Updates = Updates(trainer, step) });
            events.Add(new TrainerEvent { Deed = TrainerDeed.Ended, Generation = Generation, Step = step });
        }

        return events;
    }
}
