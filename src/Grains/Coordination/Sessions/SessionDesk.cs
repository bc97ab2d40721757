using System.Collections.Immutable;
using System.Text;
using Cairn.Contracts.Models;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Waiting;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>Serves the sessions of a model: the ledger decides, the record and the shards are told.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="fence">Ends sessions for good.</param>
/// <param name="names">The names of the sessions.</param>
/// <param name="tears">Holds back those that tear their steps.</param>
internal sealed class SessionDesk(LiveModel model, CoordinatorParts parts, SessionFence fence, SessionNames names, TearWatch tears)
{
    private const int NameBytesMax = 256;

    private static readonly TimeSpan StalePatience = TimeSpan.FromSeconds(5);

    // Below Orleans' limit of a call (30 s), so that the caller hears a refusal and not a timeout.
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(20);

    private readonly SessionBook _book = new(model, parts);
    private readonly Dictionary<Guid, Task> _openings = [];

    private TimeSpan Lease => TimeSpan.FromSeconds(parts.Options.LeaseSeconds);

    private DateTimeOffset Now => parts.Time.GetUtcNow();

    /// <summary>Refuses a request of an older generation. While the new one is being loaded, the answer waits a little for the step to go on from.</summary>
    /// <exception cref="StaleGenerationException">It is older.</exception>
    public Task RequireGenerationAsync(StepRequest step) => RequireGenerationAsync(ledger => ledger.RequireGeneration(step), step.Session);

    /// <summary>Refuses a session of an older generation.</summary>
    /// <exception cref="StaleGenerationException">It is older.</exception>
    public Task RequireGenerationAsync(SessionOpening session)
    {
        names.Add(session.Incarnation, session.Name);
        return RequireGenerationAsync(ledger => ledger.RequireGeneration(session), session.Incarnation);
    }

    /// <summary>Opens a session or renews its lease. It is open once the record knows it.</summary>
    public async Task<SessionLease> OpenAsync(SessionOpening session)
    {
        RequireSound(session);
        if (!_openings.TryGetValue(session.Incarnation, out Task? opening))
        {
            opening = OpenOnceAsync(session);
            if (!opening.IsCompleted)
            {
                _openings.Add(session.Incarnation, opening);
                _ = ForgetAsync(session.Incarnation, opening);
            }
        }

        await WaitAsync(opening, $"session '{session.Name}' is being opened");
        return model.Sessions.Sessions.GetValueOrDefault(session.Incarnation) is { } open
            ? new SessionLease(session.Name, session.Incarnation, model.Sessions.Generation, open.LastEndedStep, Lease)
            : throw new CheckpointException(
                CheckpointError.StaleStep, $"Session '{session.Name}' of model '{model.Name}' ended while it was opened. Open it with a new incarnation.");
    }

    /// <summary>Closes a session; an open step is abandoned.</summary>
    public async Task CloseAsync(Guid incarnation)
    {
        (SessionLedger ledger, EndedSession? ended) = model.Sessions.End(incarnation);
        if (ended is not null)
        {
            model.Change(ledger);
            await WaitAsync(EndAsync(ended), $"{ended.Description} is being closed");
        }
    }

    /// <summary>Begins a step; waits while a restore holds new ones back.</summary>
    public async Task<StepStamp> BeginStepAsync(StepRequest step)
    {
        if (_openings.TryGetValue(step.Session, out Task? opening))
        {
            await WaitAsync(opening, "the session is being opened");
        }

        await tears.WaitAsync(step);
        TimeSpan patience = TimeSpan.FromSeconds(parts.Options.BeginStepSecondsMax);
        long begun = parts.Time.GetTimestamp();
        while (true)
        {
            BeginStepResult result = model.Sessions.BeginStep(step, Now, Lease);
            if (result.Stamp is { } stamp)
            {
                model.Change(result.Ledger);
                return stamp;
            }

            TimeSpan left = patience - parts.Time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero || !await model.WaitUntilAsync(each => !each.Sessions.IsHolding, left, parts.Time, CancellationToken.None))
            {
                throw new CheckpointException(
                    CheckpointError.TryAgain, $"Step {step.Step} of model '{model.Name}' waits for a restore, which waits for older steps to end; try again.");
            }
        }
    }

    /// <summary>Ends a step.</summary>
    public void EndStep(StepRequest step) => model.Change(model.Sessions.EndStep(step, Now, Lease));

    /// <summary>Gives up a step, and with it the session. Returns whether it was torn.</summary>
    public async Task<bool> AbandonStepAsync(StepRequest step)
    {
        bool isEnded = model.Sessions.Sessions.GetValueOrDefault(step.Session) is { OpenStep: null } session && session.LastEndedStep >= step.Step;
        if (isEnded)
        {
            throw new CheckpointException(CheckpointError.StaleStep, $"Step {step.Step} of model '{model.Name}' ended; it cannot be abandoned any more.");
        }

        // A repeat finds no session any more: the shards still know.
        (SessionLedger ledger, EndedSession? ended) = model.Sessions.End(step.Session);
        model.Change(ledger);
        StepStamp stamp = new(model.Sessions.Generation, model.Sessions.Epoch, 0, step.Step);
        ended ??= new EndedSession(step.Session, stamp, $"session {step.Session}");
        return await WaitAsync(EndAsync(ended), $"step {step.Step} of {ended.Description} is being given up");
    }

    /// <summary>Ends the sessions whose lease ran out, and those that hold a step for too long.</summary>
    public void ExpireInBackground()
    {
        (SessionLedger ledger, ImmutableArray<EndedSession> ended) = model.Sessions.Expire(Now, TimeSpan.FromSeconds(parts.Options.StepSecondsMax));
        if (ended.IsEmpty)
        {
            return;
        }

        model.Change(ledger);
        foreach (EndedSession session in ended)
        {
            _ = Unheard(EndAsync(session));
        }
    }

    private void RequireSound(SessionOpening session)
    {
        string name = session.Name;
        if (string.IsNullOrEmpty(name) || Encoding.UTF8.GetByteCount(name) > NameBytesMax || name.Any(char.IsControl) || session.Incarnation == Guid.Empty)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"A session of model '{model.Name}' needs a name of 1 to {NameBytesMax} bytes of UTF-8 and an incarnation that is not zero.");
        }
    }

    private async Task OpenOnceAsync(SessionOpening session)
    {
        await EndForgottenNamesakeAsync(session);
        SessionEntry? before = model.Sessions.Sessions.GetValueOrDefault(session.Incarnation);
        bool isNew = before is not { Name: not null };
        (SessionLedger ledger, EndedSession? fenced) = model.Sessions.Open(session, Now, Lease, parts.Options.SessionsMax);
        model.Change(ledger);
        if (fenced is not null)
        {
            await EndAsync(fenced);
        }

        if (isNew && !session.IsQuiet && model.Sessions.Sessions.TryGetValue(session.Incarnation, out SessionEntry? open))
        {
            await RecordAsync(new KnownSession(session.Name, session.Incarnation, open.LastEndedStep), ledger.Generation, before);
        }
    }

    private async Task RecordAsync(KnownSession session, long generation, SessionEntry? before)
    {
        try
        {
            await _book.NoteAsync(session, generation);
        }
        catch (CheckpointException)
        {
            if (model.Sessions.Generation == generation)
            {
                model.Change(model.Sessions.CallOff(session.Incarnation, before));
            }

            throw;
        }
    }

    // The process of that name was started again while its coordinator died: only shards and record remember the older one.
    private async Task EndForgottenNamesakeAsync(SessionOpening session)
    {
        if (KnownSessions.Find(parts.Record.Current, session.Name) is { } known && known.Incarnation != session.Incarnation
            && model.Sessions.Sessions.GetValueOrDefault(known.Incarnation) is { Name: null })
        {
            (SessionLedger ledger, EndedSession? ended) = model.Sessions.End(known.Incarnation);
            model.Change(ledger);
            await EndAsync(ended!);
        }
    }

    private async Task ForgetAsync(Guid incarnation, Task opening)
    {
        await Unheard(opening);
        _openings.Remove(incarnation);
    }

    private Task<bool> EndAsync(EndedSession ended)
    {
        if (names.Find(ended.Incarnation) is not { } name)
        {
            return fence.EndAsync(ended, ended.Incarnation.ToString(), null);
        }

        model.Change(model.Sessions.Name(ended, name));
        bool isKnown = KnownSessions.Find(parts.Record.Current, ended.Incarnation) is not null;
        return fence.EndAsync(ended, name, isKnown ? new KnownSession(name, ended.Incarnation, model.Sessions.Ended.Of(name)) : null);
    }

    private async Task RequireGenerationAsync(Action<SessionLedger> require, Guid incarnation)
    {
        if (model.Definition is null)
        {
            return;
        }

        try
        {
            require(model.Sessions);
        }
        catch (StaleGenerationException stale)
        {
            bool isLoaded = await model.WaitUntilAsync(each => each.Phase != ModelPhase.Loading, StalePatience, parts.Time, CancellationToken.None);
            throw isLoaded && names.Find(incarnation) is { } name && model.Sessions.Generation == stale.Generation
                ? new StaleGenerationException(
                    $"{stale.Message} Session '{name}' goes on with step {model.Sessions.NewestEnded.Of(name) + 1}.",
                    stale.Generation,
                    stale.ResumePrefix,
                    model.Sessions.NewestEnded.Of(name) + 1)
                : stale;
        }
    }

    private async Task<bool> WaitAsync(Task work, string what)
    {
        using CancellationTokenSource limit = new(CallPatience, parts.Time);
        try
        {
            await work.UntilAsync(limit.Token);
            return work is Task<bool> { Result: true };
        }
        catch (OperationCanceledException)
        {
            throw new CheckpointException(CheckpointError.TryAgain, $"In model '{model.Name}' {what}, which takes its time; try again.");
        }
    }

    private static async Task Unheard(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception fault) when (fault is CheckpointException or ObjectDisposedException)
        {
            // Said to those who wait for it, and to the log.
        }
    }
}
