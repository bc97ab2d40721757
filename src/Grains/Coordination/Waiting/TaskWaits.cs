namespace Cairn.Grains.Coordination.Waiting;

/// <summary>Waiting for a task with a limit, in the caller's own scheduler: what <c>Task.WaitAsync</c> does, without its way over the thread pool.</summary>
internal static class TaskWaits
{
    /// <summary>The result of a task, unless the token is cancelled first.</summary>
    public static async Task<T> UntilAsync<T>(this Task<T> task, CancellationToken cancellationToken)
    {
        if (task.IsCompleted)
        {
            return await task;
        }

        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource<T> mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellationToken.Register(() => mine.TrySetCanceled(cancellationToken)))
        {
            _ = ForwardAsync(task, mine);
            return await mine.Task;
        }
    }

    /// <summary>Waits for a task that has no result, unless the token is cancelled first.</summary>
    public static async Task UntilAsync(this Task task, CancellationToken cancellationToken) => await WithResultAsync(task).UntilAsync(cancellationToken);

    private static async Task<bool> WithResultAsync(Task task)
    {
        await task;
        return true;
    }

    private static async Task ForwardAsync<T>(Task<T> task, TaskCompletionSource<T> waiting)
    {
        try
        {
            waiting.TrySetResult(await task);
        }
        catch (OperationCanceledException cancelled)
        {
            waiting.TrySetCanceled(cancelled.CancellationToken);
        }
        catch (Exception fault)
        {
            waiting.TrySetException(fault);
        }
    }
}
