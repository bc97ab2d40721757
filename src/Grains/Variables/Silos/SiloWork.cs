using Cairn.Contracts.Silos;
using Cairn.Format.Errors;
using Microsoft.Extensions.Logging;

namespace Cairn.Grains.Variables.Silos;

/// <summary>One piece of long work: a data file or a load. Whatever happens to it ends up in its status.</summary>
internal sealed partial class SiloWork
{
    private const long StillRuns = long.MinValue; // No time provider gives this.

    private readonly CancellationTokenSource _given = new();
    private readonly WorkProgress _progress = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WorkStatus? _outcome;
    private long _endedAt = StillRuns; // Not a long?, which a reader on another thread could see half-written.

    /// <summary>When it ended, as a timestamp of the time provider; null while it runs.</summary>
    public long? EndedAt => Volatile.Read(ref _endedAt) is var endedAt && endedAt != StillRuns ? endedAt : null;

    /// <summary>How it stands.</summary>
    public WorkStatus Status => Volatile.Read(ref _outcome) ?? new WorkStatus(false, _progress.DoneBytes, _progress.TotalBytes, null, null, null, null);

    /// <summary>Runs the work on the thread pool.</summary>
    public void Start(Func<WorkProgress, CancellationToken, Task<WorkStatus>> run, TimeProvider time, ILogger logger) => _ = Task.Run(async () =>
    {
        WorkStatus outcome;
        try
        {
            outcome = await run(_progress, _given.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The caller is in another process and polls: a failure that is not in the status is lost.
        catch (Exception e)
#pragma warning restore CA1031
        {
            outcome = Failed(e);
            if (e is not (CheckpointException or OperationCanceledException))
            {
                LogUnexpected(logger, e);
            }
        }

        Volatile.Write(ref _endedAt, time.GetTimestamp());
        Volatile.Write(ref _outcome, outcome);
        _done.SetResult();
    });

    /// <summary>Ends work that never ran, as given up.</summary>
    public void EndUnstarted(TimeProvider time)
    {
        Volatile.Write(ref _endedAt, time.GetTimestamp());
        Volatile.Write(ref _outcome, Failed(new OperationCanceledException()));
        _done.SetResult();
    }

    /// <summary>Gives the work up; it ends as soon as the store lets it.</summary>
    public void Cancel() => _given.Cancel();

    /// <summary>Waits until the work has ended, or until <paramref name="patience"/> has passed. True when it has ended.</summary>
    public async Task<bool> WaitAsync(TimeSpan patience, TimeProvider time)
    {
        try
        {
            await _done.Task.WaitAsync(patience, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A data file or a load of this silo failed in a way that it should not; its save or restore is given up.")]
    private static partial void LogUnexpected(ILogger logger, Exception exception);

    private WorkStatus Failed(Exception exception)
    {
        (CheckpointError error, string message) = exception switch
        {
            CheckpointException refusal => (refusal.Error, refusal.Message),
            OperationCanceledException => (CheckpointError.Aborted, "The work was given up."),
            _ => (CheckpointError.Aborted, $"The work failed unexpectedly: {exception.GetType().Name}: {exception.Message}"),
        };
        return new WorkStatus(true, _progress.DoneBytes, _progress.TotalBytes, error, message, null, null);
    }
}
