using Cairn.Chaos.Logs;

namespace Cairn.Chaos.Verification;

/// <summary>What one trainer has done, by its own log.</summary>
internal sealed class TrainerHistory
{
    private readonly Dictionary<(long Generation, long Step), List<StepTry>> _steps = [];
    private readonly Dictionary<long, long> _firstJoins = [];
    private readonly Dictionary<long, long> _newestEnded = [];

    public TrainerHistory(int index, IEnumerable<TrainerEvent> events)
    {
        Index = index;
        foreach (TrainerEvent entry in events)
        {
            Take(entry);
        }
    }

    /// <summary>Which of the trainers.</summary>
    public int Index { get; }

    /// <summary>Its session's name.</summary>
    public string Name => Models.ModelPlan.TrainerName(Index);

    /// <summary>What the log contradicts itself in.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>The last ended step that the first join of a generation was told: how far the generation's base has this trainer; null if it never
    /// joined.</summary>
    public long? FirstJoin(long generation) => _firstJoins.TryGetValue(generation, out long step) ? step : null;

    /// <summary>The updates of a step that a checkpoint names; null with the reason when there is no such step.</summary>
    public StepTry? Find(long generation, long step, out string? fault)
    {
        if (!_steps.TryGetValue((generation, step), out List<StepTry>? tries))
        {
            fault = $"{Name} has no step {step} of generation {generation} in its log";
            return null;
        }

        fault = tries.SkipLast(1).Any(each => each.HasEnded) ? $"step {step} of {Name} in generation {generation} had ended, and was begun again" : null;
        return tries[^1];
    }

    private void Take(TrainerEvent entry)
    {
        long generation = entry.Generation ?? 0;
        long step = entry.Step ?? 0;
        switch (entry.Deed)
        {
            case TrainerDeed.Join:
                _firstJoins.TryAdd(generation, step);
                if (_newestEnded.TryGetValue(generation, out long ended) && step < ended)
                {
                    Faults.Add($"{Name} joined generation {generation} at step {step}, though its step {ended} had ended in it");
                }

                break;
            case TrainerDeed.Step:
                Tries(generation, step).Add(new StepTry(entry.Updates!.Value, HasEnded: false));
                break;
            case TrainerDeed.Ended:
                List<StepTry> tries = Tries(generation, step);
                tries[^1] = tries[^1] with { HasEnded = true };
                _newestEnded[generation] = step;
                break;
        }
    }

    private List<StepTry> Tries(long generation, long step) =>
        _steps.TryGetValue((generation, step), out List<StepTry>? tries) ? tries : _steps[(generation, step)] = [];
}
