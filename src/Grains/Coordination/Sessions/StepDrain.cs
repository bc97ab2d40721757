using Cairn.Contracts.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Operations;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>Waits until every step before the cut has ended and every session that is being fenced is fenced.</summary>
internal static class StepDrain
{
    private const int NamesShownMax = 10;

    /// <summary>Waits; new steps are held back meanwhile by the ledger.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Aborted"/>: it took too long, and the message names whom it waited for; or a step is
    /// torn.</exception>
    public static async Task WaitAsync(LiveModel model, Operation operation, string deed, CoordinatorParts parts)
    {
        operation.Enter(OperationPhase.Preparing, $"waited for open steps to end: {Waiting(model)}");
        TimeSpan patience = TimeSpan.FromSeconds(parts.Options.DrainSecondsMax);
        bool isOver = await model.WaitUntilAsync(each => each.OwedRollback is not null || IsDrained(each), patience, parts.Time, operation.Token);
        if (model.OwedRollback is { } torn)
        {
            throw new CheckpointException(
                CheckpointError.Aborted, $"The {deed} of '{operation.Status.Prefix}' was given up, because the model has to be rolled back: {torn}.");
        }

        if (!isOver)
        {
            throw new CheckpointException(
                CheckpointError.Aborted,
                $"The {deed} of '{operation.Status.Prefix}' was given up: it waited {patience.TotalSeconds:0.#} s for open steps to end, of "
                    + $"{Waiting(model)}. End these steps, or raise the option DrainSecondsMax.");
        }
    }

    private static bool IsDrained(LiveModel model) => !model.Sessions.OpenBeforeCut.Any() && model.FencesUnderWay == 0;

    private static string Waiting(LiveModel model)
    {
        string[] names = [.. model.Sessions.OpenBeforeCut.Select(session => $"session {session} (step {session.OpenStep?.Step})")];
        string more = names.Length > NamesShownMax ? $" and {names.Length - NamesShownMax} more" : "";
        return names.Length > 0 ? string.Join(", ", names.Take(NamesShownMax)) + more : model.FencesUnderWay > 0 ? "a session that is being fenced" : "none";
    }
}
