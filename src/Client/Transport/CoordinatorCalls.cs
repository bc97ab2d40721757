using Cairn.Contracts.Coordination;

namespace Cairn.Client.Transport;

/// <summary>Calls the coordinator of one model: each call with a deadline, tried again while the fault may pass. Every member of the coordinator may be
/// repeated.</summary>
internal sealed class CoordinatorCalls(ICheckpointCoordinatorGrain coordinator, TimeSpan callTimeout, RetryPolicy retry)
{
    private static readonly Func<Exception, CancellationToken, Task> NoMending = (_, _) => Task.CompletedTask;

    /// <summary>Calls, and tries again.</summary>
    public Task<T> CallAsync<T>(Func<ICheckpointCoordinatorGrain, Task<T>> call, CancellationToken cancellationToken) =>
        CallAsync(call, NoMending, cancellationToken);

    /// <summary>Calls, and tries again after mending.</summary>
    public Task<T> CallAsync<T>(Func<ICheckpointCoordinatorGrain, Task<T>> call, Func<Exception, CancellationToken, Task> mend,
        CancellationToken cancellationToken) =>
        retry.RunAsync(token => call(coordinator).WaitAsync(callTimeout, token), mend, cancellationToken);

    /// <summary>Calls, and tries again.</summary>
    public Task CallAsync(Func<ICheckpointCoordinatorGrain, Task> call, CancellationToken cancellationToken) =>
        CallAsync(async grain => { await call(grain).ConfigureAwait(false); return true; }, cancellationToken);

    /// <summary>Calls once: for what a timer does again anyway.</summary>
    public Task<T> CallOnceAsync<T>(Func<ICheckpointCoordinatorGrain, Task<T>> call, CancellationToken cancellationToken) =>
        CallOnceAsync(call, callTimeout, cancellationToken);

    /// <summary>Calls once, and waits at most <paramref name="timeout"/>, if that is shorter than what any call may take.</summary>
    public Task<T> CallOnceAsync<T>(Func<ICheckpointCoordinatorGrain, Task<T>> call, TimeSpan timeout, CancellationToken cancellationToken) =>
        call(coordinator).WaitAsync(timeout < callTimeout ? timeout : callTimeout, cancellationToken);
}
