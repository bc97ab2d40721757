using System.Collections.Immutable;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>The sessions of a model, their steps, and the only rules by which they change (PROTOCOL R1, R4, R7, R13). Pure: the time is given, nothing is
/// called.</summary>
/// <param name="Model">The model, for messages.</param>
/// <param name="Generation">The generation that stamps are given in.</param>
/// <param name="Epoch">The epoch that stamps are given in.</param>
/// <param name="Cut">The newest cut, which new steps lie after. A save raises it; steps stamped with less lie before the cut.</param>
/// <param name="IsHolding">Whether new steps are held back, for a restore.</param>
/// <param name="BasePrefix">The checkpoint that the generation began from, which sessions of older ones resume from, or null.</param>
/// <param name="Sessions">The sessions that are open.</param>
/// <param name="Gone">The newest incarnations that ended; they never come back.</param>
/// <param name="Ended">How far the names came whose sessions ended.</param>
internal sealed record SessionLedger(
    string Model,
    long Generation,
    long Epoch,
    long Cut,
    bool IsHolding,
    string? BasePrefix,
    ImmutableDictionary<Guid, SessionEntry> Sessions,
    ImmutableQueue<Guid> Gone,
    EndedSteps Ended)
{
    // Incarnations that ended are remembered so that a late renewal is told so. Forgetting the oldest only lets a process open a session that its shards
    // refuse.
    private const int GoneMax = 1024;

    /// <summary>The ledger of a coordinator that begins.</summary>
    public static SessionLedger Begin(string model, long generation, long epoch) =>
        new(model, generation, epoch, 0, false, null, ImmutableDictionary<Guid, SessionEntry>.Empty, [], EndedSteps.None);

    /// <summary>Sessions that have a step open which lies before the present cut.</summary>
    public IEnumerable<SessionEntry> OpenBeforeCut => Sessions.Values.Where(session => session.OpenStep is { } stamp && stamp.Cut < Cut);

    /// <summary>Sessions that have a step open.</summary>
    public IEnumerable<SessionEntry> OpenSteps => Sessions.Values.Where(session => session.OpenStep is not null);

    /// <summary>Takes in a session that shards remember from before this coordinator: its newest step counts as open until it comes back or its lease runs
    /// out.</summary>
    public SessionLedger Remember(Guid incarnation, long newestStep, DateTimeOffset now, TimeSpan lease)
    {
        EndedStep ended = EndedStep.Begin(incarnation, newestStep - 1);
        SessionEntry entry = Sessions.GetValueOrDefault(incarnation) ?? new SessionEntry(null, incarnation, ended, null, now, now + lease);
        return entry.Name is not null || entry.OpenStep?.Step >= newestStep
            ? this
            : With(entry with { Ended = ended, OpenStep = new StepStamp(Generation, Epoch, 0, newestStep) });
    }

    /// <summary>Opens a session or renews its lease. A namesake of another incarnation ends.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.StaleStep"/>: the incarnation ended. <see cref="CheckpointError.LimitExceeded"/>: too
    /// many sessions.</exception>
    public (SessionLedger Ledger, EndedSession? Fenced) Open(SessionOpening session, DateTimeOffset now, TimeSpan lease, int sessionsMax)
    {
        RequireGeneration(session);
        if (Gone.Contains(session.Incarnation))
        {
            throw new CheckpointException(
                CheckpointError.StaleStep,
                $"Session '{session.Name}' of model '{Model}' ended: its lease ran out, or a namesake took its place. Open a session with a new incarnation.");
        }

        SessionEntry? known = Sessions.GetValueOrDefault(session.Incarnation);
        if (known is { Name: not null })
        {
            return (With(known with { ExpiresAt = now + lease }), null);
        }

        if (known is null && Sessions.Count >= sessionsMax)
        {
            throw new CheckpointException(
                CheckpointError.LimitExceeded, $"Model '{Model}' has {Sessions.Count} sessions open; the option SessionsMax allows {sessionsMax}.");
        }

        (SessionLedger ledger, EndedSession? fenced) = Sessions.Values.FirstOrDefault(other => other.Name == session.Name) is { } namesake
            ? End(namesake.Incarnation)
            : (this, null);
        return (ledger.With(ledger.Enter(session, known, now, lease)), fenced);
    }

    /// <summary>Takes an opening back that could not be recorded: the same incarnation may try again. One that shards remember from before this coordinator
    /// is again what it was, so that no step of it is forgotten.</summary>
    public SessionLedger CallOff(Guid incarnation, SessionEntry? before) =>
        before is null ? this with { Sessions = Sessions.Remove(incarnation) } : With(before);

    /// <summary>Takes in that a session which only the shards remembered was of a name: whether its newest step had ended nobody knows any more, so that no
    /// other incarnation uses its number again.</summary>
    public SessionLedger Name(EndedSession ended, string name) => ended is { IsNameless: true, AbandonedStep: { } step }
        ? this with { Ended = Ended.Remember(name, EndedStep.Begin(ended.Incarnation, step)) }
        : this;

    /// <summary>Begins a step, or gives its stamp again. Held back (null) while a restore holds new steps; a cut holds nobody.</summary>
    /// <exception cref="CheckpointException">The step is refused.</exception>
    public BeginStepResult BeginStep(StepRequest step, DateTimeOffset now, TimeSpan lease)
    {
        SessionEntry session = Require(step);
        if (session.OpenStep is { } open && open.Step == step.Step)
        {
            return new BeginStepResult(With(session with { ExpiresAt = now + lease }), open);
        }

        if (step.Step <= session.LastEndedStep)
        {
            throw new CheckpointException(
                CheckpointError.StaleStep, $"Step {step.Step} of session {session} ended; the next one is above {session.LastEndedStep}.");
        }

        if (session.OpenStep is { } other)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"Session {session} has step {other.Step} open; end or abandon it before step {step.Step} begins.");
        }

        if (IsHolding)
        {
            return new BeginStepResult(this, null);
        }

        StepStamp stamp = new(Generation, Epoch, Cut, step.Step);
        return new BeginStepResult(With(session with { OpenStep = stamp, StepOpenedAt = now, ExpiresAt = now + lease }), stamp);
    }

    /// <summary>Ends a step. Ending one that ended changes nothing.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.StaleStep"/>: the step was never begun.</exception>
    public SessionLedger EndStep(StepRequest step, DateTimeOffset now, TimeSpan lease)
    {
        SessionEntry session = Require(step);
        if (step.Step <= session.LastEndedStep)
        {
            return With(session with { ExpiresAt = now + lease });
        }

        return session.OpenStep is { } open && open.Step == step.Step
            ? With(session with
            {
                OpenStep = null,
                Ended = session.Ended.Then(new StepMark(step.Step, step.Session), open.Cut),
                ExpiresAt = now + lease,
            })
            : throw new CheckpointException(
                CheckpointError.StaleStep, $"Step {step.Step} of session {session} was not begun; its last ended step is {session.LastEndedStep}.");
    }

    /// <summary>Ends a session, however it stands.</summary>
    public (SessionLedger Ledger, EndedSession? Ended) End(Guid incarnation)
    {
        if (Sessions.GetValueOrDefault(incarnation) is not { } session)
        {
            return (this, null);
        }

        ImmutableQueue<Guid> gone = Gone.Count() >= GoneMax ? Gone.Dequeue() : Gone;
        SessionLedger ledger = this with { Sessions = Sessions.Remove(incarnation), Gone = gone.Enqueue(incarnation), Ended = Remember(Ended, session) };
        return (ledger, new EndedSession(incarnation, session.OpenStep, $"session {session}", session.Name is null));
    }

    /// <summary>Ends every session whose lease ran out, and those that hold a step open for too long.</summary>
    public (SessionLedger Ledger, ImmutableArray<EndedSession> Ended) Expire(DateTimeOffset now, TimeSpan stepMax)
    {
        SessionLedger ledger = this;
        ImmutableArray<EndedSession>.Builder ended = ImmutableArray.CreateBuilder<EndedSession>();
        bool IsOver(SessionEntry session) => session.ExpiresAt <= now || (session.OpenStep is not null && session.StepOpenedAt + stepMax <= now);
        foreach (SessionEntry session in Sessions.Values.Where(IsOver))
        {
            (ledger, EndedSession? one) = ledger.End(session.Incarnation);
            ended.Add(one!);
        }

        return (ledger, ended.ToImmutable());
    }

    /// <summary>Opens the next cut: from now on new steps lie after it.</summary>
    public SessionLedger OpenCut() => this with { Cut = Cut + 1 };

    /// <summary>Holds new steps back.</summary>
    public SessionLedger Hold() => this with { IsHolding = true };

    /// <summary>Lets new steps begin.</summary>
    public SessionLedger LetGo() => this with { IsHolding = false };

    /// <summary>A new generation: all sessions of the old one ended, and cuts count on.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="basePrefix">The checkpoint that it begins from, or null.</param>
    /// <param name="ended">How far each name had come in the state that it begins from.</param>
    public SessionLedger Raise(long generation, string? basePrefix, EndedSteps ended)
    {
        SessionLedger over = Sessions.Keys.Aggregate(this, (ledger, incarnation) => ledger.End(incarnation).Ledger);
        return over with { Generation = generation, IsHolding = false, BasePrefix = basePrefix, Ended = ended };
    }

    /// <summary>How far every name has come, those of open sessions included.</summary>
    public EndedSteps NewestEnded => Sessions.Values.Aggregate(Ended, Remember);

    /// <summary>Refuses what a session asks for from inside its own open step.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>.</exception>
    public void RequireOutsideStep(Guid? incarnation, string deed)
    {
        if (incarnation is { } id && Sessions.GetValueOrDefault(id) is { OpenStep: { } open } session)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"Session {session} asks for a {deed} from inside its own step {open.Step}: end the step first, else the {deed} would wait for itself.");
        }
    }

    private static EndedSteps Remember(EndedSteps ended, SessionEntry session) =>
        session is { Name: { } name, IsQuiet: false } ? ended.Remember(name, session.Ended) : ended;

    private SessionEntry Enter(SessionOpening session, SessionEntry? known, DateTimeOffset now, TimeSpan lease)
    {
        // A session that comes back says which step it has open; one that says none has ended the newest that the shards remember. A step that no shard
        // reports has done nothing yet: it lies after the present cut, as any step that begins now.
        EndedStep ended = Ended.Find(session.Name) ?? EndedStep.Begin(session.Incarnation);
        if (known is not null || session.OpenStep is not null)
        {
            long newest = session.OpenStep - 1 ?? known?.OpenStep?.Step ?? known?.LastEndedStep ?? -1;
            ended = ended.Then(new StepMark(newest, session.Incarnation), 0);
        }

        long cut = known is not null && known.OpenStep?.Step == session.OpenStep ? 0 : Cut;
        StepStamp? open = session.OpenStep is { } step ? new StepStamp(Generation, Epoch, cut, step) : null;
        return new SessionEntry(session.Name, session.Incarnation, ended, open, now, now + lease, session.IsQuiet);
    }

    /// <summary>Refuses a request of another generation.</summary>
    /// <exception cref="StaleGenerationException">It is older.</exception>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.TryAgain"/>: it is newer.</exception>
    public void RequireGeneration(StepRequest step) => RequireGeneration(step.Generation);

    /// <summary>Refuses to renew a session that works in another generation.</summary>
    /// <exception cref="CheckpointException">As for a step.</exception>
    public void RequireGeneration(SessionOpening session) => RequireGeneration(session.Generation ?? Generation);

    private void RequireGeneration(long generation)
    {
        if (generation < Generation)
        {
            string resume = BasePrefix is null ? "uninitialised variables" : $"'{BasePrefix}'";
            throw new StaleGenerationException(
                $"Model '{Model}' is in generation {Generation}; generation {generation} has ended. Resume from {resume}.", Generation, BasePrefix, null);
        }

        if (generation > Generation)
        {
            throw new CheckpointException(
                CheckpointError.TryAgain, $"Model '{Model}' is in generation {Generation}, not yet in {generation}; try again shortly.");
        }
    }

    private SessionEntry Require(StepRequest step)
    {
        RequireGeneration(step);
        if (Sessions.GetValueOrDefault(step.Session) is { Name: not null } session)
        {
            return session;
        }

        throw Gone.Contains(step.Session)
            ? new CheckpointException(
                CheckpointError.StaleStep,
                $"The session of step {step.Step} of model '{Model}' ended: its lease ran out, it was closed, or a namesake took its place. Open a new one.")
            : new CheckpointException(CheckpointError.TryAgain, $"The session of step {step.Step} is not open in model '{Model}'; open it and try again.");
    }

    private SessionLedger With(SessionEntry session) => this with { Sessions = Sessions.SetItem(session.Incarnation, session) };
}
