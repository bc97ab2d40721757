namespace Cairn.Grains.Coordination.Waiting;

/// <summary>Those who wait for the next change of something. They go on in their own scheduler, in the order in which they came.</summary>
internal sealed class Waiters
{
    private List<TaskCompletionSource> _waiting = [];

    /// <summary>Waits for the next change.</summary>
    public async Task NextAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(mine);
        using (cancellationToken.Register(() => mine.TrySetCanceled(cancellationToken)))
        {
            await mine.Task;
        }
    }

    /// <summary>Something has changed.</summary>
    public void Signal()
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        List<TaskCompletionSource> before = _waiting;
        _waiting = [];
        foreach (TaskCompletionSource waiting in before)
        {
            waiting.TrySetResult();
        }
    }
}
