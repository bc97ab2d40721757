using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Waiting;
using Orleans.Runtime.Placement;

namespace Cairn.Grains.Coordination.Routing;

/// <summary>Gives orders to many shards at once, each until it is confirmed. Every order may be repeated, so a lost answer is asked for again.</summary>
/// <param name="grains">Reaches the shards.</param>
/// <param name="patience">How long a shard may take.</param>
/// <param name="time">The clock.</param>
internal sealed class ShardFleet(IGrainFactory grains, TimeSpan patience, TimeProvider time)
{
    // Enough to hide the latency of a call; more only fill the queues of the silos.
    private const int CallsMax = 128;

    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OncePatience = TimeSpan.FromSeconds(5);

    // Given up until they have begun another generation.
    private readonly HashSet<Guid> _revoked = [];
    private readonly HashSet<ShardId> _moving = [];
    private readonly Dictionary<Guid, Guid> _moved = [];

    /// <summary>Whether an activation did not confirm an order in time: what it holds counts as lost, whatever it says when it wakes up.</summary>
    public bool IsRevoked(Guid incarnation) => _revoked.Contains(incarnation);

    /// <summary>Every activation has begun a new generation: what they held before is of no interest any more.</summary>
    public void ForgetRevoked()
    {
        _revoked.Clear();
        _moved.Clear();
    }

    /// <summary>Whether a shard is on its way to another silo, so that nobody, or somebody else, answers for it.</summary>
    public bool IsMoving(ShardId shard) => _moving.Contains(shard);

    /// <summary>A shard begins to move. An order that is given to its old activation meanwhile waits for the new one.</summary>
    public void BeginMove(ShardId shard) => _moving.Add(shard);

    /// <summary>A shard has moved, or (null) has not.</summary>
    public void EndMove(ShardId shard, Guid? from, Guid? to)
    {
        _moving.Remove(shard);
        if (from is { } before && to is { } after)
        {
            _moved[before] = after;
        }
    }

    /// <summary>Asks activations who they are; those that are not there yet are made on the silo that <paramref name="places"/> names.</summary>
    public Task<ShardAnswers<ShardReport>> ReportAsync(
        ImmutableArray<ShardId> shards, IReadOnlyDictionary<ShardId, SiloAddress> places, CancellationToken cancellationToken) =>
        AskAsync(
            shards,
            "report itself",
            null,
            (grain, shard) => places.TryGetValue(shard, out SiloAddress? silo) ? ReportOn(grain, silo) : grain.ReportAsync(),
            cancellationToken);

    /// <summary>Gives each shard an order, meant for the activation in <paramref name="map"/>, and returns the answers.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Aborted"/>: a shard is lost, or did not confirm in time; the message names it. Or the
    /// shard's own refusal.</exception>
    public Task<ShardAnswers<T>> OrderAsync<T>(
        ImmutableArray<ShardId> shards,
        ShardMap map,
        string order,
        Func<IVariableGrain, ShardId, ShardPlace, Task<T>> ask,
        CancellationToken cancellationToken) =>
        AskAsync(shards, order, map, (grain, shard) => ask(grain, shard, map[shard]), cancellationToken);

    /// <summary>Gives each shard an order that has no answer.</summary>
    public Task OrderAsync(
        ImmutableArray<ShardId> shards,
        ShardMap map,
        string order,
        Func<IVariableGrain, ShardId, ShardPlace, Task> ask,
        CancellationToken cancellationToken) =>
        OrderAsync(shards, map, order, async (grain, shard, place) =>
        {
            await ask(grain, shard, place);
            return true;
        }, cancellationToken);

    /// <summary>Gives a shard an order once, which may have been carried out already, so that nobody is there to confirm it: what is there the next report
    /// says.</summary>
    public async Task TryOnceAsync(ShardId shard, Func<IVariableGrain, Task> ask, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(OncePatience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await ask(grains.GetGrain<IVariableGrain>(shard.ToString())).UntilAsync(either.Token);
        }
        catch (Exception fault) when (fault is OrleansException or TimeoutException or CheckpointException)
        {
            // As it should be, or told again.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Not heard of in time: told again.
        }
    }

    private static Task<ShardReport> ReportOn(IVariableGrain grain, SiloAddress silo)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        try
        {
            return grain.ReportAsync();
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }
    }

    private async Task<ShardAnswers<T>> AskAsync<T>(
        ImmutableArray<ShardId> shards, string order, ShardMap? map, Func<IVariableGrain, ShardId, Task<T>> ask, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        T[] answers = new T[shards.Length];
        Exception? first = null;
        int next = 0;
        async Task AskInTurnAsync()
        {
            while (next < shards.Length)
            {
                int number = next++;
                try
                {
                    answers[number] = await AskUntilAnsweredAsync(shards[number], order, map, ask, either.Token, cancellationToken);
                }
                catch (Exception fault)
                {
                    first ??= fault; // The others are told all the same: an order to refuse or to release is for everybody who is left.
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Math.Min(CallsMax, shards.Length)).Select(_ => AskInTurnAsync()));
        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }

        return new ShardAnswers<T>(shards, ImmutableCollectionsMarshal.AsImmutableArray(answers));
    }

    private async Task<T> AskUntilAnsweredAsync<T>(
        ShardId shard, string order, ShardMap? map, Func<IVariableGrain, ShardId, Task<T>> ask, CancellationToken limit, CancellationToken cancellationToken)
    {
        IVariableGrain grain = grains.GetGrain<IVariableGrain>(shard.ToString());
        for (TimeSpan pause = PauseMin; ; pause = pause < PauseMax ? 2 * pause : PauseMax)
        {
            try
            {
                limit.ThrowIfCancellationRequested();
                return await ask(grain, shard).UntilAsync(limit);
            }
            catch (Exception fault) when (IsPassing(fault))
            {
                await RequireStillThereAsync(grain, shard, order, map, fault, limit, cancellationToken);
                await PauseAsync(shard, order, map, fault, pause, limit, cancellationToken);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw NotConfirmed(shard, order, map, null);
            }
        }
    }

    // "Try again" may mean that another activation answers: no patience makes it the one that was meant.
    private async Task RequireStillThereAsync(
        IVariableGrain grain, ShardId shard, string order, ShardMap? map, Exception fault, CancellationToken limit, CancellationToken cancellationToken)
    {
        if (map is null || fault is not CheckpointException || _moving.Contains(shard))
        {
            return;
        }

        try
        {
            ShardReport report = await grain.ReportAsync().UntilAsync(limit);
            if ((report.Incarnation != NewestOf(map[shard].Incarnation) || !report.IsAdmitted) && !_moving.Contains(shard))
            {
                throw new CheckpointException(
                    CheckpointError.Aborted,
                    $"Shard '{shard}' was lost: its activation {map[shard].Incarnation} on {map[shard].Silo} is gone. It was to {order}.",
                    fault);
            }
        }
        catch (Exception passing) when (IsPassing(passing) || (passing is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Nobody answers just now; the caller asks again.
        }
    }

    private Guid NewestOf(Guid incarnation)
    {
        while (_moved.TryGetValue(incarnation, out Guid next))
        {
            incarnation = next;
        }

        return incarnation;
    }

    private async Task PauseAsync(
        ShardId shard, string order, ShardMap? map, Exception fault, TimeSpan pause, CancellationToken limit, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, time, limit);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NotConfirmed(shard, order, map, fault);
        }
    }

    private ShardSilentException NotConfirmed(ShardId shard, string order, ShardMap? map, Exception? fault)
    {
        if (map is not null)
        {
            _revoked.Add(map[shard].Incarnation);
        }

        string silo = map is null ? "" : $" on silo {map[shard].Silo}";
        string message = $"Shard '{shard}'{silo} did not {order} within {patience.TotalSeconds:0} s{(fault is null ? "." : $": {fault.Message}")}";
        return new ShardSilentException(shard, message, fault);
    }

    private static bool IsPassing(Exception fault) => fault is OrleansException or TimeoutException or CheckpointException { Error: CheckpointError.TryAgain };
}
