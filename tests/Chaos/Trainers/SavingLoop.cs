using Cairn.Chaos.Logs;
using Cairn.Chaos.Models;
using Cairn.Client;

namespace Cairn.Chaos.Trainers;

/// <summary>Saves all the while, beside the training of the same process. The number of a save is in the log before it is asked for, so that none is used
/// twice.</summary>
internal sealed class SavingLoop(SavingPlan plan, DeclaredModel model, TrainerLogWriter log, CallWatch watch, Random random)
{
    /// <summary>Saves until <paramref name="stop"/>.</summary>
    /// <param name="lastNumber">The newest number that an earlier process has used.</param>
    /// <param name="stop">Ends it after the save that runs.</param>
    public async Task RunAsync(long lastNumber, CancellationToken stop)
    {
        Saver saver = plan.CreateSaver(model);
        for (long number = lastNumber + 1; !stop.IsCancellationRequested; number++)
        {
            await SaveAsync(saver, number);
            try
            {
                await Task.Delay(plan.Pause * (0.5 + random.NextDouble()), stop);
            }
            catch (OperationCanceledException)
            {
                // Stopping.
            }
        }
    }

    private async Task SaveAsync(Saver saver, long number)
    {
        long? globalStep = plan.IsNumbered ? number : null;
        string prefix = plan.IsNumbered ? $"{plan.Path}-{number}" : plan.Path;
        log.Write(new TrainerEvent { Deed = TrainerDeed.Save, Prefix = prefix, Number = number });
        long start = TimeProvider.System.GetTimestamp();
        try
        {
            string saved = await watch.RunAsync(
                $"the save of '{prefix}'", CallLimits.Save, () => saver.SaveAsync(plan.Path, globalStep, cancellationToken: CancellationToken.None));
            double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            log.Write(new TrainerEvent { Deed = TrainerDeed.Saved, Prefix = saved, Number = number, Seconds = seconds });
        }
        catch (CheckpointException refusal)
        {
            log.Write(new TrainerEvent
            {
                Deed = TrainerDeed.NotSaved,
                Prefix = prefix,
                Number = number,
                Error = $"{refusal.Error}",
                Message = refusal.Message,
            });
        }
    }
}
