using Cairn.Contracts.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Waiting;

namespace Cairn.Grains.Coordination.Operations;

/// <summary>A save or restore under way or ended. All of it changes in turns of the coordinator's grain.</summary>
internal sealed class Operation : IDisposable
{
    private readonly Waiters _waiters = new();
    private readonly CancellationTokenSource _end;
    private CheckpointException? _interruption;

    /// <summary>Makes an operation that is given up when <paramref name="deadline"/> has passed.</summary>
    public Operation(Guid request, string prefix, TimeSpan deadline, TimeProvider time)
    {
        Status = new OperationStatus(request, OperationPhase.Queued, prefix, 0, 0, 0, null, "waits to begin");
        Deadline = deadline;
        _end = new CancellationTokenSource(deadline, time);
    }

    /// <summary>How it stands.</summary>
    public OperationStatus Status { get; private set; }

    /// <summary>After so long it is given up.</summary>
    public TimeSpan Deadline { get; }

    /// <summary>Cancelled at the deadline, or when the operation is interrupted.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>Waits until it has ended, or until <paramref name="patience"/> has passed.</summary>
    public async Task WaitAsync(TimeSpan patience, TimeProvider time)
    {
        using CancellationTokenSource limit = new(patience, time);
        while (!Status.IsDone && !limit.IsCancellationRequested)
        {
            try
            {
                await _waiters.NextAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>The operation enters a phase.</summary>
    /// <param name="phase">The phase; never an earlier one.</param>
    /// <param name="waitsFor">What it waits for, in the words of a message that begins with "while it".</param>
    public void Enter(OperationPhase phase, string waitsFor) => Status = Status.IsDone ? Status : Status with { Phase = phase, Message = waitsFor };

    /// <summary>Says what will be moved.</summary>
    public void Measure(long totalBytes, long generation) => Status = Status with { TotalBytes = totalBytes, Generation = generation };

    /// <summary>Says what was moved.</summary>
    public void Progress(long doneBytes) => Status = Status with { DoneBytes = doneBytes };

    /// <summary>Ends the operation from outside, unless it is past the point where it can be.</summary>
    public void Interrupt(CheckpointException cause)
    {
        if (!Status.IsDone)
        {
            _interruption ??= cause;
            _end.Cancel();
        }
    }

    /// <summary>The refusal that a cancelled operation ends with: the interruption, or the deadline and what it waited for.</summary>
    public CheckpointException Cancelled() =>
        _interruption ?? new CheckpointException(
            CheckpointError.Aborted, $"'{Status.Prefix}' was given up after {Deadline.TotalSeconds:0.#} s, while it {Status.Message ?? "worked"}.");

    /// <summary>It is done.</summary>
    /// <param name="generation">The generation that was saved, or begun.</param>
    /// <param name="note">What its caller should know, or null.</param>
    public void Succeed(long generation, string? note = null)
    {
        Status = Status with { Phase = OperationPhase.Succeeded, Generation = generation, DoneBytes = Status.TotalBytes, Message = note };
        _waiters.Signal();
    }

    /// <summary>It is given up. One that has ended stays as it ended.</summary>
    public void Fail(CheckpointError error, string message)
    {
        if (Status.IsDone)
        {
            return;
        }

        Status = Status with { Phase = OperationPhase.Failed, Error = error, Message = message };
        _waiters.Signal();
    }

    /// <inheritdoc/>
    public void Dispose() => _end.Dispose();
}
