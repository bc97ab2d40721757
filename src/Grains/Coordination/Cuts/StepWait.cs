using Cairn.Contracts.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Coordination.Cuts;

/// <summary>Waits for steps to end: a cut for those before it, while others go on; a restore of some tensors for all.</summary>
internal static class StepWait
{
    private const int NamesShownMax = 10;

    /// <summary>Waits until no step before the newest cut is open, and none of them is being fenced. It holds nobody back; the operation's deadline ends
    /// it.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Aborted"/>: the model has to be rolled back.</exception>
    /// <exception cref="OperationCanceledException">The operation has ended; its status names whom it waited for.</exception>
    public static async Task ForCutAsync(LiveModel model, Operation operation, CoordinatorParts parts)
    {
        bool IsOver(LiveModel each) => each.OwedRollback is not null || (!each.Sessions.OpenBeforeCut.Any() && each.FencesBefore(each.Sessions.Cut) == 0);
        string Waiting() => Names(model.Sessions.OpenBeforeCut, model.FencesBefore(model.Sessions.Cut));
        operation.Enter(OperationPhase.Preparing, $"waited for open steps to end: {Waiting()}");
        try
        {
            // Its deadline ends it sooner; but should this wait run out by itself, steps before the cut are still open.
            if (!await model.WaitUntilAsync(IsOver, operation.Deadline, parts.Time, operation.Token))
            {
                throw new OperationCanceledException($"Steps before the cut were still open when '{operation.Status.Prefix}' ran out of time.");
            }

            operation.Token.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException)
        {
            operation.Enter(OperationPhase.Preparing, $"waited for open steps to end: {Waiting()}"); // Whom it waits for now, not when it began.
            throw;
        }

        RequireNotTorn(model, operation, "save");
    }

    /// <summary>Waits until no step is open and none is being fenced; new steps are held back meanwhile.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Aborted"/>: it took too long, and the message names whom it waited for; or the model
    /// has to be rolled back.</exception>
    public static async Task ForAllAsync(LiveModel model, Operation operation, CoordinatorParts parts)
    {
        bool IsOver(LiveModel each) => each.OwedRollback is not null || (!each.Sessions.OpenSteps.Any() && each.FencesUnderWay == 0);
        string Waiting() => Names(model.Sessions.OpenSteps, model.FencesUnderWay);
        operation.Enter(OperationPhase.Preparing, $"waited for open steps to end: {Waiting()}");
        TimeSpan patience = TimeSpan.FromSeconds(parts.Options.DrainSecondsMax);
        bool isOver = await model.WaitUntilAsync(IsOver, patience, parts.Time, operation.Token);
        RequireNotTorn(model, operation, "restore");
        if (!isOver)
        {
            throw new CheckpointException(
                CheckpointError.Aborted,
                $"The restore of '{operation.Status.Prefix}' was given up: it waited {patience.TotalSeconds:0.#} s for open steps to end, of {Waiting()}. "
                    + "End these steps, or raise the option DrainSecondsMax.");
        }
    }

    private static void RequireNotTorn(LiveModel model, Operation operation, string deed)
    {
        if (model.OwedRollback is { } torn)
        {
            throw new CheckpointException(
                CheckpointError.Aborted, $"The {deed} of '{operation.Status.Prefix}' was given up, because the model has to be rolled back: {torn}.");
        }
    }

    private static string Names(IEnumerable<SessionEntry> sessions, int fences)
    {
        string[] names = [.. sessions.Select(session => $"session {session} (step {session.OpenStep?.Step})").Order(StringComparer.Ordinal)];
        string more = names.Length > NamesShownMax ? $" and {names.Length - NamesShownMax} more" : "";
        return names.Length > 0 ? string.Join(", ", names.Take(NamesShownMax)) + more : fences > 0 ? "a session that is being fenced" : "none";
    }
}
