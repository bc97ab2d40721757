using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Operations;

/// <summary>The saves and restores of a model: those that run, that wait their turn, and that ended. A request that is repeated finds its operation.</summary>
internal sealed class OperationTable(string model, CoordinationOptions options, TimeProvider time) : IDisposable
{
    private readonly Dictionary<Guid, Operation> _operations = [];
    private readonly Queue<Guid> _ended = new();

    /// <summary>All that are remembered, the oldest first.</summary>
    public ImmutableArray<OperationStatus> Statuses => [.. _operations.Values.Select(operation => operation.Status)];

    /// <summary>The operation of a request, or null.</summary>
    public Operation? Find(Guid request) => _operations.GetValueOrDefault(request);

    /// <summary>Whose turn it is.</summary>
    public OperationTurns Turns { get; } = new();

    /// <summary>Starts an operation, or returns the one of the same request.</summary>
    /// <param name="request">The caller's id.</param>
    /// <param name="prefix">The checkpoint.</param>
    /// <param name="deadlineSeconds">When it is given up.</param>
    /// <param name="prepare">Waits, outside of all turns, until the work may begin; throws what the operation fails with.</param>
    /// <param name="work">Waits for its turns and does it; throws what the operation fails with. False: it may not begin after all, and is prepared once
    /// more.</param>
    /// <param name="isOwn">Whether the coordinator asks for it: then it waits, however many wait already.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: too many wait.</exception>
    public Operation Start(
        Guid request, string prefix, double deadlineSeconds, Func<Operation, Task> prepare, Func<Operation, Task<bool>> work, bool isOwn = false)
    {
        if (Find(request) is { } known)
        {
            return known;
        }

        int waiting = _operations.Values.Count(operation => operation.Status.Phase == OperationPhase.Queued);
        if (waiting >= options.QueuedOperationsMax && !isOwn)
        {
            throw new CheckpointException(
                CheckpointError.LimitExceeded,
                $"{waiting} saves and restores of model '{model}' wait already, as many as the option QueuedOperationsMax allows; wait for one to end.");
        }

        if (!(deadlineSeconds is > 0 and <= 86_400))
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"A deadline of {deadlineSeconds} s is refused: give a number above 0, up to 86400.");
        }

        Operation operation = new(request, prefix, TimeSpan.FromSeconds(deadlineSeconds), time);
        _operations.Add(request, operation);
        _ = RunAsync(operation, prepare, work);
        return operation;
    }

    /// <summary>Ends the operation that runs and those that wait, as soon as they can be ended.</summary>
    public void InterruptAll(CheckpointException cause)
    {
        foreach (Operation operation in _operations.Values.Where(operation => !operation.Status.IsDone).ToArray())
        {
            operation.Interrupt(cause);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Turns.Dispose();

    private async Task RunAsync(Operation operation, Func<Operation, Task> prepare, Func<Operation, Task<bool>> work)
    {
        try
        {
            for (bool isDone = false; !isDone;)
            {
                await prepare(operation);
                isDone = await work(operation);
            }
        }
        catch (CheckpointException refused)
        {
            operation.Fail(refused.Error, refused.Message);
        }
        catch (OperationCanceledException)
        {
            CheckpointException cancelled = operation.Cancelled();
            operation.Fail(cancelled.Error, cancelled.Message);
        }
        catch (Exception fault)
        {
            // A bug, or a fault of Orleans that no rule expects; the work has logged it. The caller must not wait for ever for an operation that nobody runs
            // any more.
            operation.Fail(
                CheckpointError.Aborted,
                $"'{operation.Status.Prefix}' met an unexpected fault while it {operation.Status.Message}: {fault.GetType().Name}: {fault.Message}");
        }
        finally
        {
            Forget(operation);
        }
    }

    private void Forget(Operation ended)
    {
        ended.Dispose();
        _ended.Enqueue(ended.Status.Request);
        while (_ended.Count > options.RememberedOperationsMax)
        {
            _operations.Remove(_ended.Dequeue());
        }
    }
}
