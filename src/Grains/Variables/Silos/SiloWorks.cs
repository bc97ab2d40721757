using Cairn.Contracts.Silos;
using Cairn.Format.Errors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cairn.Grains.Variables.Silos;

/// <summary>The long work of one silo, by id. A start is done once, whenever it arrives: also after the work has ended, and after it was dropped.</summary>
internal sealed class SiloWorks(TimeProvider time, IOptions<VariablesOptions> options, ILogger logger)
{
    private const int RunningMax = 64; // One data file and one load of each model that is saved or restored at the same moment.
    private const int FinishedMax = 1024; // A status is small; a load that is forgotten drops its pages.

    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, SiloWork> _works = [];

    /// <summary>Starts work, unless its id is known.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.TryAgain"/>: the silo has as much work as it takes.</exception>
    public void Start(Guid id, Func<WorkProgress, CancellationToken, Task<WorkStatus>> run)
    {
        lock (_lock)
        {
            if (_works.ContainsKey(id))
            {
                return;
            }

            if (_works.Values.Count(work => work.EndedAt is null) >= RunningMax)
            {
                throw new CheckpointException(CheckpointError.TryAgain,
                    $"The silo has {RunningMax} data files and loads in work, the most at a time. Try again.");
            }

            var work = new SiloWork();
            _works.Add(id, work);
            work.Start(run, time, logger);
        }
    }

    /// <summary>Waits for the end of work.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: no such work was started here, or it ended long ago.</exception>
    public async Task<WorkStatus> WaitAsync(Guid id, TimeSpan patience)
    {
        SiloWork? work;
        lock (_lock)
        {
            work = _works.GetValueOrDefault(id);
        }

        if (work is null)
        {
            throw new CheckpointException(CheckpointError.NotFound, $"The silo knows no work {id}: it was not started here, or the silo has restarted since.");
        }

        await work.WaitAsync(TimeSpan.FromTicks(Math.Clamp(patience.Ticks, 0, PatienceMax.Ticks)), time).ConfigureAwait(false);
        return work.Status;
    }

    /// <summary>Gives work up. Its id stays known for a while, so that a start which comes late starts nothing.</summary>
    /// <returns>True when it has ended; false when it still holds on to the store.</returns>
    public async Task<bool> DropAsync(Guid id)
    {
        SiloWork? work;
        lock (_lock)
        {
            if (!_works.TryGetValue(id, out work))
            {
                work = new SiloWork();
                work.EndUnstarted(time);
                _works.Add(id, work);
            }
        }

        work.Cancel();
        return await work.WaitAsync(PatienceMax, time).ConfigureAwait(false);
    }

    /// <summary>Forgets work that ended long ago, and the oldest of too much. Returns what was forgotten.</summary>
    public IReadOnlyList<Guid> Sweep()
    {
        TimeSpan patience = TimeSpan.FromMinutes(options.Value.FinishedMinutesMax);
        lock (_lock)
        {
            KeyValuePair<Guid, SiloWork>[] ended = [.. _works.Where(pair => pair.Value.EndedAt is not null).OrderByDescending(pair => pair.Value.EndedAt)];
            bool IsForgotten(KeyValuePair<Guid, SiloWork> pair, int place) =>
                place >= FinishedMax || time.GetElapsedTime(pair.Value.EndedAt!.Value) >= patience;

            Guid[] forgotten = [.. ended.Where(IsForgotten).Select(pair => pair.Key)];
            foreach (Guid id in forgotten)
            {
                _works.Remove(id);
            }

            return forgotten;
        }
    }
}
