using System.Collections.Immutable;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;

namespace Cairn.Grains.Variables.Shards;

/// <summary>What a shard remembers of sessions: the newest step of each, and which operations of it were applied. It belongs to one generation.</summary>
internal sealed class SessionMemory(int openMax = SessionMemory.OpenMax, int fencedMax = SessionMemory.FencedMax)
{
    /// <summary>At least as many open sessions as any coordinator may be told to allow: what it has opened is never refused here for lack of room.</summary>
    public const int OpenMax = 1 << 20;

    /// <summary>Fenced sessions beyond this are forgotten, the oldest first: their zombies have long been told.</summary>
    public const int FencedMax = 16_384;

    /// <summary>More updates of one shard than a step has; keeps a session that never ends its step from growing without end.</summary>
    public const int OrdinalsMax = 100_000;

    private readonly Dictionary<Guid, Session> _sessions = [];
    private readonly Queue<Guid> _fenced = new();

    /// <summary>The sessions that are not fenced, with the newest step of each.</summary>
    public ImmutableDictionary<Guid, long> NewestSteps =>
        _sessions.Where(pair => !pair.Value.IsFenced).ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Step);

    /// <summary>All that is remembered, for another silo: the open sessions, then the fenced ones, the oldest first.</summary>
    public ImmutableArray<ParcelSession> Sessions =>
    [
        .. _sessions.Where(pair => !pair.Value.IsFenced).Select(pair => pair.Value.ToParcel(pair.Key)),
        .. _fenced.Select(id => _sessions[id].ToParcel(id)),
    ];

    /// <summary>What another silo remembered.</summary>
    public static SessionMemory Of(ImmutableArray<ParcelSession> sessions)
    {
        var memory = new SessionMemory();
        foreach (ParcelSession session in sessions)
        {
            memory._sessions.Add(session.Session, new Session { Step = session.Step, IsFenced = session.IsFenced, Ordinals = [.. session.Ordinals] });
            if (session.IsFenced)
            {
                memory._fenced.Enqueue(session.Session);
            }
        }

        return memory;
    }

    /// <summary>True when the operation was applied before.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.StaleStep"/>: the step is over, or the session is fenced.</exception>
    public bool WasApplied(OperationId operation)
    {
        if (!_sessions.TryGetValue(operation.Session, out Session? session) || operation.Step > session.Step)
        {
            return session is { IsFenced: true } ? throw Fenced(operation) : false;
        }

        if (operation.Step == session.Step && session.Ordinals.Contains(operation.Ordinal))
        {
            return true;
        }

        if (session.IsFenced)
        {
            throw Fenced(operation);
        }

        return operation.Step == session.Step
            ? false
            : throw new CheckpointException(CheckpointError.StaleStep,
                $"Step {operation.Step} of session {operation.Session} is over: the shard has seen step {session.Step} of it.");
    }

    /// <summary>Makes sure that the operation can be remembered.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: too many sessions, or too many operations in a step.</exception>
    public void MakeRoomFor(OperationId operation)
    {
        if (_sessions.TryGetValue(operation.Session, out Session? session))
        {
            if (session.Step == operation.Step && session.Ordinals.Count >= OrdinalsMax)
            {
                throw new CheckpointException(CheckpointError.LimitExceeded,
                    $"Step {operation.Step} of session {operation.Session} has {OrdinalsMax} updates of one shard already: end the step more often.");
            }

            return;
        }

        if (_sessions.Count - _fenced.Count >= openMax)
        {
            throw new CheckpointException(CheckpointError.LimitExceeded,
                $"The shard remembers {openMax} open sessions, the most it can: close sessions that are not needed.");
        }
    }

    /// <summary>Remembers an operation that was applied, after <see cref="MakeRoomFor"/>.</summary>
    public void Remember(OperationId operation)
    {
        if (!_sessions.TryGetValue(operation.Session, out Session? session))
        {
            _sessions.Add(operation.Session, session = new Session { Step = operation.Step });
        }

        if (operation.Step > session.Step)
        {
            session.Step = operation.Step;
            session.Ordinals.Clear();
        }

        session.Ordinals.Add(operation.Ordinal);
    }

    /// <summary>Refuses the session from now on; there is always room for that. Returns whether an update of <paramref name="step"/> was applied.</summary>
    public bool Fence(Guid id, long step)
    {
        if (!_sessions.TryGetValue(id, out Session? session))
        {
            _sessions.Add(id, session = new Session { Step = step });
        }

        if (!session.IsFenced)
        {
            session.IsFenced = true;
            _fenced.Enqueue(id);
            if (_fenced.Count > fencedMax)
            {
                _sessions.Remove(_fenced.Dequeue());
            }
        }

        return session.Step == step && session.Ordinals.Count > 0;
    }

    private static CheckpointException Fenced(OperationId operation) =>
        new(CheckpointError.StaleStep, $"Session {operation.Session} was closed or given up; step {operation.Step} of it is refused. Open a session again.");

    private sealed class Session
    {
        public long Step { get; set; }

        public bool IsFenced { get; set; }

        public HashSet<int> Ordinals { get; init; } = [];

        public ParcelSession ToParcel(Guid id) => new(id, Step, IsFenced, [.. Ordinals]);
    }
}
