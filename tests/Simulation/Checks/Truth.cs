using Cairn.Contracts.Models;

namespace Cairn.Simulation.Checks;

/// <summary>What really happened in a story, from the trainers' own logs: written before anything is sent.</summary>
internal sealed class Truth(ModelLayout layout)
{
    private readonly SortedDictionary<(long Generation, string Name), SortedDictionary<long, List<LoggedStep>>> _steps = [];
    private readonly Dictionary<long, ModelState> _origins = [];
    private readonly HashSet<long> _initialised = [];

    /// <summary>The model.</summary>
    public ModelLayout Layout => layout;

    /// <summary>A trainer begins a step, perhaps again.</summary>
    public LoggedStep Begin(long generation, string name, Guid incarnation, long step)
    {
        if (!_steps.TryGetValue((generation, name), out SortedDictionary<long, List<LoggedStep>>? steps))
        {
            _steps.Add((generation, name), steps = []);
        }

        if (!steps.TryGetValue(step, out List<LoggedStep>? tries))
        {
            steps.Add(step, tries = []);
        }

        LoggedStep logged = new(incarnation, step);
        tries.Add(logged);
        return logged;
    }

    /// <summary>Whether the variables of a generation have values.</summary>
    public bool IsInitialised(long generation) => _initialised.Contains(generation);

    /// <summary>The variables of a generation have values.</summary>
    public void Initialised(long generation) => _initialised.Add(generation);

    /// <summary>A generation begins from a state; from none when it is null.</summary>
    public void Originate(long generation, ModelState? origin)
    {
        _origins[generation] = origin ?? new ModelState(layout);
        if (origin is not null)
        {
            _initialised.Add(generation);
        }
    }

    /// <summary>The state of a generation with exactly the steps that are named, each whole.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="ended">The newest step of each name that is in it.</param>
    /// <param name="fault">What is wrong with the names, or null.</param>
    public ModelState Recompute(long generation, IReadOnlyDictionary<string, long> ended, out string? fault)
    {
        fault = null;
        ModelState state = _origins.TryGetValue(generation, out ModelState? origin) ? origin.Copy() : new ModelState(layout);
        foreach (LoggedStep step in Included(generation, ended, ref fault))
        {
            step.Updates.ForEach(state.Apply);
        }

        return state;
    }

    /// <summary>What a step that is in a state has read and that state does not have, or null: then an effect crossed the cut.</summary>
    public string? FindCrossing(long generation, IReadOnlyDictionary<string, long> ended, Func<ShardId, long[]?> clocksOf)
    {
        string? ignored = null;
        foreach (LoggedStep step in Included(generation, ended, ref ignored))
        {
            foreach ((ShardId shard, long[] seen) in step.Reads)
            {
                long[]? clocks = clocksOf(shard);
                for (int row = 0; clocks is not null && row < seen.Length; row++)
                {
                    if (clocks[row] < seen[row])
                    {
                        return $"step {step.Step} has read {seen[row]} steps in row {row} of {shard}, and the checkpoint that has it has {clocks[row]}";
                    }
                }
            }
        }

        return null;
    }

    private List<LoggedStep> Included(long generation, IReadOnlyDictionary<string, long> ended, ref string? fault)
    {
        List<LoggedStep> included = [];
        foreach (((long at, string name), SortedDictionary<long, List<LoggedStep>> steps) in _steps)
        {
            if (at != generation || !ended.TryGetValue(name, out long newest))
            {
                continue;
            }

            foreach ((long number, List<LoggedStep> tries) in steps)
            {
                if (number > newest)
                {
                    break;
                }

                LoggedStep? one = tries.Find(step => step.IsEnded) ?? tries.FindLast(step => step.IsEndSent);
                if (one is not null)
                {
                    included.Add(one);
                }
                else if (tries.Exists(step => step.Updates.Count > 0))
                {
                    fault ??= $"step {number} of '{name}' is named as ended, and '{name}' never ended it";
                }
            }
        }

        return included;
    }
}
