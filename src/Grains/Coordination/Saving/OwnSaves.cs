using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>Saves that the coordinator begins by itself, so that there is something whole to roll back to that nobody else deletes: after a restore of some
/// tensors or from another folder (PROTOCOL R17), and before a session that tore its steps may train again (R5). One at a time.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="start">Starts a save, or says how it stands.</param>
internal sealed class OwnSaves(LiveModel model, CoordinatorParts parts, Func<SaveRequest, OperationStatus> start)
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(10);

    private SaveRequest? _request;
    private TimeSpan _pause = PauseMin;
    private DateTimeOffset _nextAt;

    /// <summary>Whether there is a folder to save into.</summary>
    public bool IsPossible => PrefixIn(parts.Record.Current) is not null;

    /// <summary>Where such a save goes: the folder of the saver that saved last, under a name of its own, which each of them replaces unless it is pinned; null
    /// when the model was never saved. No state file names it, so that what the job calls its latest checkpoint stays that. Pure.</summary>
    public static string? PrefixIn(CoordinatorRecord record)
    {
        if (record.Savers.IsEmpty)
        {
            return null;
        }

        string prefix = record.Savers[^1].Folder + "cairn-base";
        int number = 1;
        while (record.Pins.Contains(number == 1 ? prefix : $"{prefix}.{number}"))
        {
            number++;
        }

        return number == 1 ? prefix : $"{prefix}.{number}";
    }

    /// <summary>Begins the save that a restore owes, when it is time.</summary>
    public void Tick()
    {
        if (parts.Record.Current.OwesSave)
        {
            Begin("a rollback would need more than one checkpoint, or one in a folder that is not the model's");
        }
    }

    /// <summary>Begins a save, unless one runs or the last one failed a moment ago.</summary>
    public void Begin(string cause)
    {
        DateTimeOffset now = parts.Time.GetUtcNow();
        if (model.Phase != ModelPhase.Ready || model.OwedRollback is not null || IsRunning(now) || now < _nextAt || PrefixIn(parts.Record.Current) is not { } prefix)
        {
            return;
        }

        _request = new SaveRequest(parts.NewId(), prefix, null, [], new SaveOptions(WriteMeta: false, WriteState: false));
        parts.Log.SavesItself(model.Name, prefix, cause);
        try
        {
            start(_request);
        }
        catch (CheckpointException)
        {
            Pause(now); // Refused as it stands; the log of saves says why it failed if it began.
        }
    }

    private bool IsRunning(DateTimeOffset now)
    {
        if (_request is null)
        {
            return false;
        }

        OperationStatus status = start(_request);
        if (!status.IsDone)
        {
            return true;
        }

        if (status.Phase == OperationPhase.Succeeded)
        {
            (_request, _pause, _nextAt) = (null, PauseMin, default);
        }
        else
        {
            Pause(now);
        }

        return false;
    }

    private void Pause(DateTimeOffset now)
    {
        (_request, _nextAt) = (null, now + _pause);
        _pause = _pause < PauseMax / 2 ? 2 * _pause : PauseMax;
    }
}
