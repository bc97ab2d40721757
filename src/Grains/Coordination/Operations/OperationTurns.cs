using Cairn.Grains.Coordination.Waiting;

namespace Cairn.Grains.Coordination.Operations;

/// <summary>The two turns of a model. Who has the cut turn may cut it; who has the store turn may change what the store holds of it. A save takes one after
/// the other, so that the next save may cut while this one is being stored; what changes the live state takes both, the cut turn first.</summary>
internal sealed class OperationTurns : IDisposable
{
    /// <summary>The turn to cut.</summary>
    public Turn Cut { get; } = new();

    /// <summary>The turn to store.</summary>
    public Turn Store { get; } = new();

    /// <summary>Whether somebody has a turn.</summary>
    public bool IsBusy => Cut.Holder is not null || Store.Holder is not null;

    /// <summary>Runs <paramref name="work"/> when nobody else cuts or stores: the saves that were cut before have ended.</summary>
    public async Task InBothAsync(string holder, Func<Task> work, CancellationToken cancellationToken)
    {
        await Cut.EnterAsync(holder, cancellationToken);
        try
        {
            await InStoreAsync(holder, work, cancellationToken);
        }
        finally
        {
            Cut.Leave();
        }
    }

    /// <summary>Runs <paramref name="work"/> when nobody else stores.</summary>
    public async Task InStoreAsync(string holder, Func<Task> work, CancellationToken cancellationToken)
    {
        await Store.EnterAsync(holder, cancellationToken);
        try
        {
            await work();
        }
        finally
        {
            Store.Leave();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cut.Dispose();
        Store.Dispose();
    }
}
