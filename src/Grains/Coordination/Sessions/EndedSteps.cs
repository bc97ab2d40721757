using System.Collections.Immutable;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>How far every session name has come, of whichever incarnation: a process that is started again goes on after it.</summary>
/// <param name="Steps">By name.</param>
/// <param name="Names">The names, the first remembered first.</param>
internal sealed record EndedSteps(ImmutableDictionary<string, EndedStep> Steps, ImmutableQueue<string> Names)
{
    // As many as a model may have sessions open. A name that is forgotten begins with step 0 again.
    private const int NamesMax = 10_000;

    /// <summary>No step has ended.</summary>
    public static EndedSteps None { get; } = new(ImmutableDictionary.Create<string, EndedStep>(StringComparer.Ordinal), []);

    /// <summary>The newest step of a name that ended, or -1.</summary>
    public long Of(string name) => Find(name)?.Step ?? -1;

    /// <summary>How far a name has come, or null.</summary>
    public EndedStep? Find(string name) => Steps.GetValueOrDefault(name);

    /// <summary>Takes in the newest step of a name in a state that was loaded.</summary>
    public EndedSteps Remember(string name, long step, Guid incarnation = default) => Remember(name, EndedStep.Begin(incarnation, step));

    /// <summary>Takes in how far a name has come. What is older changes nothing.</summary>
    public EndedSteps Remember(string name, EndedStep step)
    {
        if (step.Step <= Of(name))
        {
            return this;
        }

        if (Steps.ContainsKey(name))
        {
            return this with { Steps = Steps.SetItem(name, step) };
        }

        EndedSteps room = Steps.Count < NamesMax ? this : new(Steps.Remove(Names.Peek()), Names.Dequeue());
        return new(room.Steps.Add(name, step), room.Names.Enqueue(name));
    }
}
