using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Saving;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>Holds back sessions that tore their steps, as <see cref="TearBackoff"/> says, and has a checkpoint saved where others wait for one with them.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="names">The names of the sessions.</param>
/// <param name="saves">Saves.</param>
internal sealed class TearWatch(LiveModel model, CoordinatorParts parts, SessionNames names, OwnSaves saves)
{
    // How often it is looked whether the checkpoint is there.
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    private TearBackoff _backoff = TearBackoff.None;

    /// <summary>Takes in that a session tore a step, for which the model is rolled back.</summary>
    public void Tore(string name) => _backoff = _backoff.Tore(name, parts.Record.Current.BaseKey, parts.Time.GetUtcNow());

    /// <summary>Waits until a session may begin a step. A step that is open already is only asked for again.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.TryAgain"/>: it may not yet.</exception>
    public async Task WaitAsync(StepRequest step)
    {
        if (names.Find(step.Session) is not { } name)
        {
            return;
        }

        TimeSpan patience = TimeSpan.FromSeconds(parts.Options.BeginStepSecondsMax);
        long begun = parts.Time.GetTimestamp();
        while (!IsOpen(step) && WaitOf(name) is { } wait)
        {
            if (wait.Left is null)
            {
                saves.Begin($"session '{name}' has torn {wait.Tears} steps, and others train");
            }

            TimeSpan left = patience - parts.Time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero)
            {
                throw new CheckpointException(CheckpointError.TryAgain, $"Session '{name}' of model '{model.Name}' has torn {wait.Tears} steps one after the other: "
                    + (wait.Left is { } pause ? $"it waits {pause.TotalSeconds:0} s more." : "it waits until a newer checkpoint is committed, one is being saved."));
            }

            await Task.Delay(left < LookPeriod ? left : LookPeriod, parts.Time);
        }
    }

    private bool IsOpen(StepRequest step) => model.Sessions.Sessions.GetValueOrDefault(step.Session)?.OpenStep is { } open && open.Step == step.Step;

    private TearWait? WaitOf(string name)
    {
        bool othersTrain = saves.IsPossible && model.Sessions.Sessions.Values.Any(other => other is { Name: not null, IsQuiet: false } && other.Name != name);
        return _backoff.Before(name, parts.Record.Current.BaseKey, othersTrain, parts.Time.GetUtcNow());
    }
}
