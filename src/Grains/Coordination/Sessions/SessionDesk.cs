using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>Serves the sessions of a model: the ledger decides, the shards are told.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="rollBack">Rolls back for a cause, if this generation still stands.</param>
internal sealed class SessionDesk(LiveModel model, CoordinatorParts parts, Action<string, long> rollBack)
{
    private static readonly TimeSpan StalePatience = TimeSpan.FromSeconds(5);

    private readonly SessionNames _names = new();

    private TimeSpan Lease => TimeSpan.FromSeconds(parts.Options.LeaseSeconds);

    private DateTimeOffset Now => parts.Time.GetUtcNow();

    /// <summary>Refuses a request of an older generation. While the new one is being loaded, the answer waits a little for the step to go on from.</summary>
    /// <exception cref="StaleGenerationException">It is older.</exception>
    public Task RequireGenerationAsync(StepRequest step) => RequireGenerationAsync(ledger => ledger.RequireGeneration(step), step.Session);

    /// <summary>Refuses a session of an older generation.</summary>
    /// <exception cref="StaleGenerationException">It is older.</exception>
    public Task RequireGenerationAsync(SessionOpening session)
    {
        _names.Add(session.Incarnation, session.Name);
        return RequireGenerationAsync(ledger => ledger.RequireGeneration(session), session.Incarnation);
    }

    /// <summary>Opens a session or renews its lease.</summary>
    public async Task<SessionLease> OpenAsync(SessionOpening session)
    {
        string name = session.Name;
        if (string.IsNullOrEmpty(name) || name.Length > 256 || name.Any(char.IsControl) || session.Incarnation == Guid.Empty)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"A session of model '{model.Name}' needs a name of 1 to 256 characters and an incarnation that is not zero.");
        }

        (SessionLedger ledger, EndedSession? fenced) = model.Sessions.Open(session, Now, Lease, parts.Options.SessionsMax);
        model.Change(ledger);
        if (fenced is not null)
        {
            await FenceAsync(fenced);
        }

        return new SessionLease(name, session.Incarnation, ledger.Generation, ledger.Sessions[session.Incarnation].LastEndedStep, Lease);
    }

    /// <summary>Closes a session; an open step is abandoned.</summary>
    public Task CloseAsync(Guid incarnation) => EndAsync(incarnation);

    /// <summary>Begins a step; waits while a restore holds new ones back.</summary>
    public async Task<StepStamp> BeginStepAsync(StepRequest step)
    {
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
        return await FenceAsync(ended ?? new EndedSession(step.Session, stamp, $"session {step.Session}"));
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
            _ = FenceAsync(session);
        }
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
            string? name = _names.Find(incarnation) ?? KnownSessions.Find(parts.Record.Current, incarnation)?.Name;
            throw isLoaded && name is not null && model.Sessions.Generation == stale.Generation
                ? new StaleGenerationException(
                    $"{stale.Message} Session '{name}' goes on with step {model.Sessions.NewestEnded.Of(name) + 1}.",
                    stale.Generation,
                    stale.ResumePrefix,
                    model.Sessions.NewestEnded.Of(name) + 1)
                : stale;
        }
    }

    private async Task EndAsync(Guid incarnation)
    {
        (SessionLedger ledger, EndedSession? ended) = model.Sessions.End(incarnation);
        if (ended is not null)
        {
            model.Change(ledger);
            await FenceAsync(ended);
        }
    }

    // The session is refused by every shard first; only their answers say whether its open step is torn. A cut after it is not sealed meanwhile.
    private async Task<bool> FenceAsync(EndedSession session)
    {
        ShardMap map = model.Map;
        long generation = model.Sessions.Generation;
        long epoch = model.Sessions.Epoch;
        model.BeginFence(session.Abandoned);
        try
        {
            ShardAnswers<bool> answers = await parts.Shards.OrderAsync(
                map.Shards,
                map,
                $"refuse {session.Description}",
                (grain, _, _) => grain.FenceAsync(session.Incarnation, session.AbandonedStep ?? -1, epoch),
                CancellationToken.None);
            bool isTorn = session.AbandonedStep is not null && answers.Values.Contains(true);
            LogEnd(session, isTorn);
            if (isTorn)
            {
                rollBack($"step {session.AbandonedStep} of {session.Description} was abandoned when some of its updates were done", generation);
            }

            return isTorn;
        }
        catch (CheckpointException lost)
        {
            // Nobody can say any more that an open step is not torn, so it counts as torn.
            model.Suspect(lost.Message);
            if (session.AbandonedStep is { } step)
            {
                LogEnd(session, isTorn: true);
                rollBack($"step {step} of {session.Description} was abandoned, and not every shard said what it holds of it: {lost.Message}", generation);
            }

            return session.AbandonedStep is not null;
        }
        finally
        {
            model.EndFence(session.Abandoned);
        }
    }

    private void LogEnd(EndedSession session, bool isTorn)
    {
        if (session.AbandonedStep is { } step)
        {
            parts.Log.StepAbandoned(model.Name, session.Description, step, isTorn);
        }
        else
        {
            parts.Log.SessionEnded(model.Name, session.Description);
        }
    }
}
