using System.Collections.Immutable;
using Cairn.Contracts.Silos;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Waiting;

namespace Cairn.Grains.Coordination.Routing;

/// <summary>Finds the active silos, and has them do long work: started by one call, waited for by others.</summary>
internal sealed class SiloFleet(ISiloMembership silos, ISiloServiceClient services, TimeProvider time)
{
    private static readonly TimeSpan DescribePatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WaitPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether a silo is still a member.</summary>
    public bool IsAlive(SiloAddress silo) => silos.IsAlive(silo);

    /// <summary>The active silos that answer, with the room they have.</summary>
    public async Task<ImmutableArray<SiloDescription>> DescribeAsync(CancellationToken cancellationToken)
    {
        SiloDescription?[] descriptions = await Task.WhenAll(silos.Active.Select(silo => TryDescribeAsync(silo, cancellationToken)));
        return [.. descriptions.OfType<SiloDescription>()];
    }

    /// <summary>The active silos that shards may be placed on: not those that are being stopped, unless all are.</summary>
    public async Task<ImmutableArray<SiloDescription>> DescribeRoomAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<SiloDescription> all = await DescribeAsync(cancellationToken);
        ImmutableArray<SiloDescription> staying = [.. all.Where(silo => !silo.IsDraining)];
        return staying.IsEmpty ? all : staying;
    }

    /// <summary>Has a silo do a piece of work to its end.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="work">The work's id.</param>
    /// <param name="start">Starts it; may be repeated.</param>
    /// <param name="progress">Told the bytes done.</param>
    /// <param name="cancellationToken">Ends the wait; the work is then dropped by the caller.</param>
    /// <exception cref="CheckpointException">The work failed, or (<see cref="CheckpointError.Aborted"/>) the silo is gone.</exception>
    public async Task<WorkStatus> RunAsync(
        SiloAddress silo, Guid work, Func<ISiloService, Task> start, Action<long> progress, CancellationToken cancellationToken)
    {
        ISiloService service = services.On(silo);
        await AskAsync(silo, async () =>
        {
            await start(service);
            return true;
        }, cancellationToken);

        while (true)
        {
            WorkStatus status = await AskAsync(silo, () => service.WaitAsync(work, WaitPatience), cancellationToken);
            progress(status.DoneBytes);
            if (status.IsDone)
            {
                return status.Error is { } error ? throw new CheckpointException(error, status.Message ?? $"The work on silo {silo} failed.") : status;
            }
        }
    }

    /// <summary>Has a silo forget a piece of work. Returns false when it does not answer: then the silo forgets it when it dies.</summary>
    public async Task<bool> TryDropAsync(SiloAddress silo, Guid work)
    {
        using CancellationTokenSource limit = new(DescribePatience, time);
        try
        {
            await services.On(silo).DropAsync(work).UntilAsync(limit.Token);
            return true;
        }
        catch (Exception fault) when (fault is OrleansException or TimeoutException or CheckpointException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<SiloDescription?> TryDescribeAsync(SiloAddress silo, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(DescribePatience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await services.On(silo).DescribeAsync().UntilAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception fault) when (fault is OrleansException or TimeoutException or CheckpointException { Error: CheckpointError.TryAgain })
        {
            return null; // Dead, or so slow that it is no place for a shard.
        }
    }

    private async Task<T> AskAsync<T>(SiloAddress silo, Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await ask().UntilAsync(cancellationToken);
            }
            catch (Exception fault) when (fault is OrleansException or TimeoutException)
            {
                if (!IsAlive(silo))
                {
                    throw new CheckpointException(CheckpointError.Aborted, $"Silo {silo} died at work.", fault);
                }

                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }
}
