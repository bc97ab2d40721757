namespace Cairn.Grains.Coordination.Sessions;

/// <summary>Where those wait who need the ledger to change: held-back steps, and a save that drains. One signal wakes all; each looks again for itself.</summary>
internal sealed class StepGate
{
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the ledger changes next.</summary>
    public Task Changed => _changed.Task;

    /// <summary>The ledger changed.</summary>
    public void Signal()
    {
        TaskCompletionSource before = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        before.SetResult();
    }
}
