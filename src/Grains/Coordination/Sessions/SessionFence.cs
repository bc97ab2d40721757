using Cairn.Contracts.Models;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>Ends sessions for good: every shard refuses the session first, and only their answers say whether the step that it left open is torn. A cut after
/// that step is not sealed meanwhile. That it is being given up, and what came of it, is in the record before anybody is told (PROTOCOL R4).</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="torn">Told of a torn step that is not accepted: the session's name, why, and the generation that is to be rolled back.</param>
/// <param name="lost">Told that not every shard said what it holds of a step: why, and the generation that is over with it.</param>
internal sealed class SessionFence(LiveModel model, CoordinatorParts parts, Action<string, string, long> torn, Action<string, long> lost)
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(Guid Session, long Step), Task<bool>> _underWay = [];

    /// <summary>Ends a session. True when its step is torn. Two calls for one session and step are one.</summary>
    /// <param name="session">The session.</param>
    /// <param name="name">Its name.</param>
    /// <param name="known">How far it had come, if it is one that the record remembers: a successor does not find it on the shards any more.</param>
    public Task<bool> EndAsync(EndedSession session, string name, KnownSession? known)
    {
        SessionLedger sessions = model.Sessions;
        AbandonedStep? step = session.Abandoned is { } stamp
            ? new AbandonedStep(name, session.Incarnation, stamp.Step, new SaveStamp(stamp.Generation, stamp.Epoch, stamp.Cut))
            : null;
        return EndOnceAsync(session, step, known, sessions.Generation, sessions.Epoch);
    }

    /// <summary>Goes on with the steps that somebody began to give up and that nobody has decided: a predecessor that died, or a fence that met a shard which
    /// did not answer.</summary>
    public void Resume()
    {
        CoordinatorRecord record = parts.Record.Current;
        if (record.Generation != model.Sessions.Generation || model.OwedRollback is not null)
        {
            return;
        }

        foreach (AbandonedStep step in record.Endings.Where(each => !_underWay.ContainsKey((each.Incarnation, each.Step))).ToArray())
        {
            // Before every cut of this epoch: what it did is in all of them.
            StepStamp stamp = new(record.Generation, model.Sessions.Epoch, 0, step.Step);
            _ = EndOnceAsync(
                new EndedSession(step.Incarnation, stamp, $"session '{step.Session}'"), step, null, record.Generation, model.Sessions.Epoch);
        }
    }

    private Task<bool> EndOnceAsync(EndedSession session, AbandonedStep? step, KnownSession? known, long generation, long epoch)
    {
        (Guid, long) key = (session.Incarnation, session.AbandonedStep ?? -1);
        if (_underWay.TryGetValue(key, out Task<bool>? same))
        {
            return same;
        }

        Task<bool> end = RunAsync(session, step, known, generation, epoch);
        if (!end.IsCompleted)
        {
            _underWay.Add(key, end);
            _ = ForgetAsync(key, end);
        }

        return end;
    }

    private async Task ForgetAsync((Guid, long) key, Task<bool> end)
    {
        try
        {
            await end;
        }
        catch (Exception fault) when (fault is CheckpointException or ObjectDisposedException)
        {
            // Said to those who wait for it.
        }

        _underWay.Remove(key);
    }

    private async Task<bool> RunAsync(EndedSession session, AbandonedStep? step, KnownSession? known, long generation, long epoch)
    {
        model.BeginFence(session.Abandoned);
        try
        {
            if (!await TryNoteAsync(record => Begin(record, step, known), generation))
            {
                return false; // Its generation is over, and with it all that it did.
            }

            bool isTorn = await AskAsync(session, epoch) && step is not null;
            LogEnd(session, isTorn);
            if (step is not null)
            {
                await DecideAsync(step, session, isTorn, generation);
            }

            return isTorn;
        }
        catch (CheckpointException silent) when (silent.Error == CheckpointError.Aborted)
        {
            // Nobody can say any more that an open step is not torn, so it counts as torn, whatever the policy: the shard is lost.
            model.Suspect(silent.Message);
            LogEnd(session, isTorn: step is not null);
            if (step is not null)
            {
                lost($"step {step.Step} of {session.Description} was abandoned, and not every shard said what it holds of it: {silent.Message}", generation);
            }

            return step is not null;
        }
        finally
        {
            model.EndFence(session.Abandoned);
        }
    }

    private CoordinatorRecord Begin(CoordinatorRecord record, AbandonedStep? step, KnownSession? known)
    {
        // A namesake that was opened meanwhile knows it already.
        bool isNewest = known is not null && KnownSessions.Find(record, known.Name)?.Incarnation == known.Incarnation;
        CoordinatorRecord noted = isNewest
            ? KnownSessions.Note(record, [known!], parts.Options.SessionsMax, model.Sessions.Sessions.ContainsKey)
            : record;
        return step is null ? noted : TearRules.Begin(noted, step);
    }

    private async Task<bool> AskAsync(EndedSession session, long epoch)
    {
        ShardMap map = model.Map;
        ShardAnswers<bool> answers = await parts.Shards.OrderAsync(
            map.Shards,
            map,
            $"refuse {session.Description}",
            (grain, _, _) => grain.FenceAsync(session.Incarnation, session.AbandonedStep ?? -1, epoch),
            CancellationToken.None);
        return answers.Values.Contains(true);
    }

    private async Task DecideAsync(AbandonedStep step, EndedSession session, bool isTorn, long generation)
    {
        if (!isTorn)
        {
            await TryNoteAsync(record => TearRules.Drop(record, step), generation);
            return;
        }

        if (model.RequireDefinition().Policies.TornSteps == TornStepPolicy.Accept && TearRules.MayAccept(parts.Record.Current, step))
        {
            await TryNoteAsync(record => TearRules.Accept(record, step), generation);
            return;
        }

        // The raise of the generation takes it out of the record.
        torn(step.Session, $"step {step.Step} of {session.Description} was abandoned when some of its updates were done", generation);
    }

    // Until the store takes it: steps of others go on meanwhile, and only cuts after this one wait. False when the generation is over.
    private async Task<bool> TryNoteAsync(Func<CoordinatorRecord, CoordinatorRecord> change, long generation)
    {
        for (TimeSpan pause = PauseMin; ; pause = pause < PauseMax ? 2 * pause : PauseMax)
        {
            try
            {
                CoordinatorRecord record = await parts.Record.ChangeAsync(before => before.Generation == generation ? change(before) : before);
                return record.Generation == generation;
            }
            catch (CheckpointException full) when (full.Error == CheckpointError.LimitExceeded)
            {
                parts.Log.NotNoted(model.Name, full.Message); // A successor will not know of it; this coordinator still does.
                return parts.Record.Current.Generation == generation;
            }
            catch (CheckpointException fault) when (!parts.Record.IsSuperseded)
            {
                parts.Log.NotNoted(model.Name, fault.Message);
                await Task.Delay(pause, parts.Time);
            }
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
