using System.Collections.Immutable;
using Cairn.Chaos.Logs;
using Cairn.Chaos.Models;
using Cairn.Client;

namespace Cairn.Chaos.Trainers;

/// <summary>Trains: one step after the other, each written to the log before it is sent. What fails is logged and training goes on.</summary>
internal sealed class TrainingLoop(int trainer, DeclaredModel model, TrainerLogWriter log, CallWatch watch, Random random)
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromMilliseconds(600); // Four trainers together stay well below one core.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private long _joinedGeneration = -1;

    /// <summary>Trains until <paramref name="stop"/>, then closes the session.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        Session? session = null;
        while (!stop.IsCancellationRequested)
        {
            TimeSpan pause = PauseMax * random.NextDouble();
            try
            {
                session ??= await OpenAsync();
                await RunStepAsync(session);
            }
            catch (CheckpointException refusal)
            {
                log.Write(new TrainerEvent { Deed = TrainerDeed.Failed, Error = $"{refusal.Error}", Message = refusal.Message });
                pause = PauseAfterFailure;
                if (session is not null && refusal.Error is CheckpointError.StaleGeneration or CheckpointError.StaleStep)
                {
                    await ResumeAsync(session!);
                }
            }

            await Task.Delay(pause, CancellationToken.None);
        }

        if (session is not null)
        {
            await watch.RunAsync("closing the session", CallLimits.Call, () => session.DisposeAsync().AsTask());
        }
    }

    private async Task<Session> OpenAsync()
    {
        Session session = await watch.RunAsync(
            "opening the session", CallLimits.Call, () => model.Model.OpenSessionAsync(ModelPlan.TrainerName(trainer), CancellationToken.None));
        LogJoin(session);
        return session;
    }

    private async Task ResumeAsync(Session session)
    {
        try
        {
            await watch.RunAsync("resuming", CallLimits.Call, () => session.ResumeAsync(CancellationToken.None));
            LogJoin(session);
        }
        catch (CheckpointException refusal)
        {
            log.Write(new TrainerEvent { Deed = TrainerDeed.Failed, Error = $"{refusal.Error}", Message = $"Resuming: {refusal.Message}" });
        }
    }

    private async Task RunStepAsync(Session session)
    {
        Step step = await watch.RunAsync("beginning a step", CallLimits.Call, () => session.BeginStepAsync(CancellationToken.None));
        try
        {
            if (session.Generation != _joinedGeneration)
            {
                LogJoin(session); // A session that has to joins again by itself when a step begins.
            }

            ImmutableArray<LoggedUpdate> updates = StepChoice.Next(trainer, step.Number, random);
            log.Write(new TrainerEvent { Deed = TrainerDeed.Step, Generation = session.Generation, Step = step.Number, Updates = updates });
            await SendAsync(step, updates);
            await watch.RunAsync($"the end of step {step.Number}", CallLimits.Call, () => step.EndAsync(CancellationToken.None));
        }
        catch (CheckpointException)
        {
            await watch.RunAsync($"giving up step {step.Number}", CallLimits.Call, () => step.DisposeAsync().AsTask());
            bool hasEnded = session.LastEndedStep >= step.Number;
            log.Write(new TrainerEvent
            {
                Deed = hasEnded ? TrainerDeed.Ended : TrainerDeed.GivenUp,
                Generation = session.Generation,
                Step = step.Number,
            });
            throw;
        }

        log.Write(new TrainerEvent { Deed = TrainerDeed.Ended, Generation = session.Generation, Step = step.Number });
    }

    private async Task SendAsync(Step step, ImmutableArray<LoggedUpdate> updates)
    {
        foreach (LoggedUpdate update in updates)
        {
            await watch.RunAsync(
                $"{update.Action} of '{update.Variable}' in step {step.Number}", CallLimits.Call, () => UpdateSender.SendAsync(step, model, trainer, update));
            if (random.Next(20) == 0)
            {
                await watch.RunAsync(
                    $"a read in step {step.Number}", CallLimits.Call, () => step.ReadAsync(model.Floats("shared/partitioned"), CancellationToken.None));
            }
        }
    }

    private void LogJoin(Session session)
    {
        _joinedGeneration = session.Generation;
        log.Write(new TrainerEvent { Deed = TrainerDeed.Join, Generation = session.Generation, Step = session.LastEndedStep });
    }
}
