namespace Cairn.Grains.Coordination.Waiting;

/// <summary>A turn that one holder has at a time; those who wait get it in the order in which they came. Waiters go on in their own scheduler, without a hop
/// over the thread pool, so that the order of everything is the order of the calls.</summary>
internal sealed class Turn : IDisposable
{
    private readonly Lock _lock = new(); // A token may be cancelled on any thread.
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private bool _isTaken;
    private bool _isOver;

    /// <summary>Whether somebody has it.</summary>
    public bool IsTaken
    {
        get
        {
            lock (_lock)
            {
                return _isTaken;
            }
        }
    }

    /// <summary>Waits for the turn. Who has it calls <see cref="Leave"/>.</summary>
    /// <exception cref="ObjectDisposedException">There are no turns any more.</exception>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource mine;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            if (!_isTaken)
            {
                _isTaken = true;
                return;
            }

            mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.AddLast(mine);
        }

        using (cancellationToken.Register(() => GiveUp(mine, cancellationToken)))
        {
            await mine.Task;
        }
    }

    /// <summary>Passes the turn on.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            while (_waiting.First is { } next)
            {
                _waiting.RemoveFirst();
                if (next.Value.TrySetResult())
                {
                    return;
                }
            }

            _isTaken = false;
        }
    }

    /// <summary>Refuses everybody who waits, and who comes later.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            foreach (TaskCompletionSource waiting in _waiting)
            {
                waiting.TrySetException(new ObjectDisposedException(nameof(Turn)));
            }

            _waiting.Clear();
        }
    }

    private void GiveUp(TaskCompletionSource waiting, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _waiting.Remove(waiting);
        }

        waiting.TrySetCanceled(cancellationToken);
    }
}
