namespace Cairn.Grains.Coordination.Waiting;

/// <summary>A turn that one holder has at a time; those who wait get it in the order in which they came. Waiters go on in their own scheduler, without a hop
/// over the thread pool, so that the order of everything is the order of the calls.</summary>
internal sealed class Turn : IDisposable
{
    private readonly Lock _lock = new(); // A token may be cancelled on any thread.
    private readonly Queue<(TaskCompletionSource Waiting, string Holder)> _waiting = new();
    private string? _holder;
    private bool _isOver;

    /// <summary>Who has it, in the words that he gave; null when nobody has.</summary>
    public string? Holder
    {
        get
        {
            lock (_lock)
            {
                return _holder;
            }
        }
    }

    /// <summary>Waits for the turn. The place in it is taken when the call returns its task. Who has it calls <see cref="Leave"/>.</summary>
    /// <param name="holder">Who wants it, for messages.</param>
    /// <param name="cancellationToken">Gives the place up.</param>
    /// <exception cref="ObjectDisposedException">There are no turns any more.</exception>
    public async Task EnterAsync(string holder, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource mine;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            if (_holder is null)
            {
                _holder = holder;
                return;
            }

            mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((mine, holder));
        }

        using (cancellationToken.Register(() => mine.TrySetCanceled(cancellationToken)))
        {
            await mine.Task;
        }
    }

    /// <summary>Passes the turn on, to the first who still waits.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out (TaskCompletionSource Waiting, string Holder) next))
            {
                if (next.Waiting.TrySetResult())
                {
                    _holder = next.Holder;
                    return;
                }
            }

            _holder = null;
        }
    }

    /// <summary>Refuses everybody who waits, and who comes later.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            foreach ((TaskCompletionSource waiting, _) in _waiting)
            {
                waiting.TrySetException(new ObjectDisposedException(nameof(Turn)));
            }

            _waiting.Clear();
        }
    }
}
