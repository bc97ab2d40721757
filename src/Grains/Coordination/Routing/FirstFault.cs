using System.Runtime.ExceptionServices;

namespace Cairn.Grains.Coordination.Routing;

/// <summary>Waits for several tasks; the first fault cancels the others, and is the one that is thrown.</summary>
internal static class FirstFault
{
    /// <summary>All results, once every task has ended.</summary>
    public static async Task<T[]> WhenAllAsync<T>(CancellationTokenSource others, IEnumerable<Task<T>> tasks)
    {
        Exception? first = null;
        async Task<T?> WatchAsync(Task<T> task)
        {
            try
            {
                return await task;
            }
            catch (Exception fault)
            {
                if (first is null)
                {
                    first = fault;
                    others.Cancel(); // Not CancelAsync, which goes over the thread pool.
                }

                return default;
            }
        }

        T?[] results = await Task.WhenAll(tasks.Select(WatchAsync));
        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }

        return results!;
    }
}
