using System.Collections.Immutable;

namespace Cairn.Client;

/// <summary>Remembers, along the flow of the caller's code, which steps it is in: a save or an update of its own step from inside them is refused instead of
/// waiting for itself, and what is read from inside them carries their stamp.</summary>
internal sealed class OpenStep
{
    private static readonly AsyncLocal<ImmutableArray<OpenStep>> Flow = new();

    private volatile Session? _session;
    private volatile Step? _step;
    private volatile bool _isOver;

    /// <summary>The session whose open step of the model the caller is inside of, the innermost if there are several, or null.</summary>
    public static Session? SessionOf(string model) => Open().Reverse().Select(step => step._session).FirstOrDefault(session => session?.Model.Name == model);

    /// <summary>The open step of the model that the caller is inside of, the innermost if there are several, or null.</summary>
    public static Step? StepOf(string model) => Open().Reverse().FirstOrDefault(step => step._session?.Model.Name == model)?._step;

    /// <summary>Begins to follow the flow of the caller, which must not be an async method's own. Steps that are over are forgotten.</summary>
    public static OpenStep Follow()
    {
        var step = new OpenStep();
        Flow.Value = [.. Open(), step];
        return step;
    }

    /// <summary>The step is open.</summary>
    public void Enter(Session session, Step step) => (_step, _session) = (step, session);

    /// <summary>The step has ended, or never began.</summary>
    public void Leave() => (_session, _step, _isOver) = (null, null, true);

    private static IEnumerable<OpenStep> Open() => Flow.Value.IsDefault ? [] : Flow.Value.Where(step => !step._isOver);
}
