using Cairn.Contracts.Models;

namespace Cairn.Client.Transport;

/// <summary>Keeps the route table of one model, and asks the coordinator again when a table turned out to be old. One question at a time.</summary>
internal sealed class ModelRoutes(CoordinatorCalls coordinator, Func<CancellationToken, Task<ModelDescription>> define) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile RouteTable? _current;

    /// <summary>True once the model is known to be defined as this process says.</summary>
    public bool IsKnown => _current is not null;

    /// <summary>The present table; the first call defines the model.</summary>
    public async Task<RouteTable> GetAsync(CancellationToken cancellationToken) =>
        _current ?? await ReplaceAsync(null, define, cancellationToken).ConfigureAwait(false);

    /// <summary>A newer table than <paramref name="old"/>.</summary>
    public Task<RouteTable> RefreshAsync(RouteTable old, CancellationToken cancellationToken) =>
        ReplaceAsync(old, token => coordinator.CallAsync(grain => grain.DescribeAsync(), token), cancellationToken);

    /// <summary>Takes a description that was got elsewhere; null forgets the model.</summary>
    public void Set(ModelDescription? description) => _current = description is null ? null : new RouteTable(description);

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<RouteTable> ReplaceAsync(RouteTable? old, Func<CancellationToken, Task<ModelDescription>> ask, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_current is { } current && current != old)
            {
                return current;
            }

            RouteTable fresh = new(await ask(cancellationToken).ConfigureAwait(false));
            _current = fresh;
            return fresh;
        }
        finally
        {
            _turn.Release();
        }
    }
}
