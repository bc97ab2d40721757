using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Transfers;

/// <summary>Runs of pages on their way between the data plane and a grain of the same silo, by an id
/// that crosses in the grain call. What nobody claims in time is released.</summary>
internal sealed class UnclaimedRuns(TimeProvider time, TimeSpan patience)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, (PageRun Run, long Since)> _runs = [];

    /// <summary>Leaves a run; the registry becomes its holder. Runs are bounded by the pages of the pool.</summary>
    public void Add(Guid id, PageRun run)
    {
        lock (_lock)
        {
            _runs.Add(id, (run, time.GetTimestamp()));
        }
    }

    /// <summary>Takes a run; the caller releases it. Null when it is not there, or not any more.</summary>
    public PageRun? TryTake(Guid id)
    {
        lock (_lock)
        {
            return _runs.Remove(id, out (PageRun Run, long) left) ? left.Run : null;
        }
    }

    /// <summary>Releases what has waited too long.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            foreach ((Guid id, (PageRun run, long since)) in _runs)
            {
                if (time.GetElapsedTime(since) >= patience)
                {
                    _runs.Remove(id);
                    run.Release();
                }
            }
        }
    }
}
