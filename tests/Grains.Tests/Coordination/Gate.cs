namespace Cairn.Grains.Tests.Coordination;

/// <summary>Holds those who come to it until it is opened, and tells that somebody has come.</summary>
internal sealed class Gate
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when somebody has come.</summary>
    public Task ReachedAsync() => _reached.Task.WaitAsync(Deadline);

    public void Open() => _open.TrySetResult();

    public async Task PassAsync(CancellationToken cancellationToken = default)
    {
        _reached.TrySetResult();
        await _open.Task.WaitAsync(Deadline, cancellationToken);
    }
}
