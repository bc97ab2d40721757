using System.Collections.Concurrent;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Takes the checksums of frozen parts in the background, one page after the other in the order in which they were frozen: between a seal and its
/// upload nothing else would notice that a page changes.</summary>
internal sealed class FrozenSummer : IThreadPoolWorkItem
{
    private const int PagesAtOnce = 16; // A millisecond or two; then the other work of the pool has its turn.

    private readonly ConcurrentQueue<FrozenPart> _parts = [];
    private int _isQueued;

    /// <summary>Takes in a part; does not wait.</summary>
    public void Add(FrozenPart part)
    {
        _parts.Enqueue(part);
        Queue();
    }

    /// <inheritdoc/>
    public void Execute()
    {
        for (int pages = 0; pages < PagesAtOnce && _parts.TryPeek(out FrozenPart? part); pages++)
        {
            if (!part.TrySumNext())
            {
                _parts.TryDequeue(out _);
            }
        }

        Volatile.Write(ref _isQueued, 0);
        if (!_parts.IsEmpty)
        {
            Queue();
        }
    }

    // One at a time: the other cores train.
    private void Queue()
    {
        if (Interlocked.Exchange(ref _isQueued, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
