using System.Collections.Immutable;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>The newest step that ended of every session name, of whichever incarnation: a process that is started again goes on after it.</summary>
/// <param name="Steps">By name.</param>
/// <param name="Names">The names, the first remembered first.</param>
internal sealed record EndedSteps(ImmutableDictionary<string, long> Steps, ImmutableQueue<string> Names)
{
    // As many as a model may have sessions open. A name that is forgotten begins with step 0 again.
    private const int NamesMax = 10_000;

    /// <summary>No step has ended.</summary>
    public static EndedSteps None { get; } = new(ImmutableDictionary.Create<string, long>(StringComparer.Ordinal), []);

    /// <summary>The newest step of a name that ended, or -1.</summary>
    public long Of(string name) => Steps.GetValueOrDefault(name, -1);

    /// <summary>Takes in a step that ended. An older one changes nothing.</summary>
    public EndedSteps Remember(string name, long step)
    {
        if (step <= Of(name))
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
