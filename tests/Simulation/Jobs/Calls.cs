using Cairn.Format.Errors;
using Orleans.Runtime;

namespace Cairn.Simulation.Jobs;

/// <summary>Calls as a client makes them.</summary>
internal static class Calls
{
    /// <summary>How a call ends.</summary>
    public static async Task<(Outcome Outcome, T? Answer)> TryAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return (Outcome.Done, await call());
        }
        catch (CheckpointException refusal)
        {
            return (OutcomeOf(refusal.Error), default);
        }
        catch (Exception fault) when (fault is TimeoutException or OrleansException)
        {
            return (Outcome.Again, default);
        }
    }

    /// <summary>How a call without an answer ends.</summary>
    public static async Task<Outcome> TryAsync(Func<Task> call) => (await TryAsync(async () =>
    {
        await call();
        return true;
    })).Outcome;

    private static Outcome OutcomeOf(CheckpointError error) => error switch
    {
        CheckpointError.TryAgain or CheckpointError.StoreUnavailable => Outcome.Again,
        CheckpointError.Superseded => Outcome.Superseded,
        CheckpointError.StaleGeneration or CheckpointError.StaleStep => Outcome.Stale,
        _ => Outcome.Refused,
    };
}
