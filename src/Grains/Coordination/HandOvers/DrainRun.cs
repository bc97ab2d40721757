using Cairn.Contracts.Coordination;
using Cairn.Grains.Coordination.Waiting;

namespace Cairn.Grains.Coordination.HandOvers;

/// <summary>The draining of one silo: how it stands, and who waits for it.</summary>
internal sealed class DrainRun
{
    private readonly Waiters _waiters = new();

    /// <summary>Whether it has ended.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What is done just now, or what came of it.</summary>
    public string Message { get; set; } = "it begins";

    /// <summary>It has ended.</summary>
    public void End()
    {
        IsDone = true;
        _waiters.Signal();
    }

    /// <summary>Waits until it has ended, or until the token is cancelled.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (!IsDone)
        {
            try
            {
                await _waiters.NextAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>How it stands.</summary>
    /// <param name="leftCount">How many shards are still on the silo.</param>
    public DrainStatus Status(int leftCount) => new(IsDone, leftCount, Message);
}
