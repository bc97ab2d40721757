namespace Cairn.Client;

/// <summary>Remembers, along the flow of the caller's code, which step it is in, so that a save from inside it can be refused instead of waiting for
/// itself.</summary>
internal sealed class OpenStep
{
    private static readonly AsyncLocal<OpenStep?> Flow = new();

    private Guid? _session;

    /// <summary>The session whose step the caller is inside of, or null.</summary>
    public static Guid? CurrentSession => Flow.Value?._session;

    /// <summary>Begins to follow the flow of the caller, which must not be an async method's own.</summary>
    public static OpenStep Follow() => Flow.Value = new OpenStep();

    /// <summary>The step is open.</summary>
    public void Enter(Guid session) => _session = session;

    /// <summary>The step has ended.</summary>
    public void Leave() => _session = null;
}
