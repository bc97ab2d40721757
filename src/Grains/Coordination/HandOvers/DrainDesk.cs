using System.Collections.Immutable;
using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Placement;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination.HandOvers;

/// <summary>Drains silos that are being stopped: moves their shards to others.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="operations">What runs beside it.</param>
internal sealed class DrainDesk(LiveModel model, CoordinatorParts parts, OperationTable operations)
{
    // Shards that are moved side by side, and that clients find at their new places together: few or small enough to be back in a moment.
    private const int WaveShardsMax = 64;
    private const long WaveBytesMax = 128L << 20;
    private const int AttemptsMax = 3;

    private readonly Dictionary<SiloAddress, DrainRun> _runs = [];
    private readonly ShardMover _mover = new(model, parts);

    /// <summary>Drains a silo, or goes on with it; waits until that is done, or until <paramref name="patience"/> has passed.</summary>
    public async Task<DrainStatus> DrainAsync(SiloAddress silo, TimeSpan timeLeft, TimeSpan patience)
    {
        if (!_runs.TryGetValue(silo, out DrainRun? run))
        {
            _runs.Add(silo, run = new DrainRun());
            _ = RunAsync(silo, run, timeLeft > TimeSpan.Zero ? timeLeft : TimeSpan.Zero);
        }

        using CancellationTokenSource limit = new(patience, parts.Time);
        await run.WaitAsync(limit.Token);
        return run.Status(ShardsOn(silo).Length);
    }

    private ImmutableArray<ShardId> ShardsOn(SiloAddress silo)
    {
        ShardMap map = model.Map;
        return [.. map.Shards.Where(shard => map[shard].Silo.Equals(silo))];
    }

    private async Task RunAsync(SiloAddress silo, DrainRun run, TimeSpan timeLeft)
    {
        using CancellationTokenSource limit = new(timeLeft, parts.Time);
        try
        {
            await EnterAsync(silo, run, timeLeft, limit.Token);
        }
        catch (OperationCanceledException)
        {
            run.Message = $"Not all of it could be handed over in {timeLeft.TotalSeconds:0} s, while {run.Message}.";
        }
        catch (ObjectDisposedException)
        {
            run.Message = "Its coordinator has ended meanwhile.";
        }
        catch (CheckpointException fault)
        {
            run.Message = fault.Message;
        }
        catch (Exception fault)
        {
            parts.Log.Unexpected(model.Name, fault); // Nobody awaits this: the silo that stops must not wait for ever.
            run.Message = fault.Message;
        }
        finally
        {
            run.End();
        }
    }

    // Saves and restores that run may end; those that take too long are given up.
    private async Task EnterAsync(SiloAddress silo, DrainRun run, TimeSpan timeLeft, CancellationToken cancellationToken)
    {
        string holder = $"the hand-over from silo {silo}";
        run.Message = $"it waited for {operations.Turns.Cut.Holder ?? operations.Turns.Store.Holder ?? "its turn"} to end";
        using CancellationTokenSource patience = new(timeLeft / 2, parts.Time);
        using CancellationTokenRegistration giveUp = patience.Token.Register(() => operations.InterruptAll(new CheckpointException(
            CheckpointError.Aborted, $"Given up because silo {silo} is being stopped, and its shards of model '{model.Name}' have to be handed over.")));
        await operations.Turns.InBothAsync(holder, async () =>
        {
            giveUp.Unregister();
            await MoveAllAsync(silo, run, cancellationToken);
        }, cancellationToken);
    }

    private async Task MoveAllAsync(SiloAddress silo, DrainRun run, CancellationToken cancellationToken)
    {
        ImmutableArray<ShardId> shards = ShardsOn(silo);
        if (model.Phase != ModelPhase.Ready || model.OwedRollback is not null)
        {
            run.Message = $"The model is {model.Phase}: there is nothing to hand over.";
            return;
        }

        long begun = parts.Time.GetTimestamp();
        for (int attempt = 1; !ShardsOn(silo).IsEmpty; attempt++)
        {
            try
            {
                await TryMoveAllAsync(silo, run, cancellationToken);
            }
            catch (CheckpointException fault) when (fault.Error != CheckpointError.LimitExceeded && attempt < AttemptsMax && model.Suspicion is null)
            {
                parts.Log.HandOverFailed(model.Name, silo, fault.Message); // What was not moved serves where it was: another silo may take it.
            }
        }

        run.Message = $"{shards.Length} shards were handed over in {parts.Time.GetElapsedTime(begun).TotalSeconds:0.0} s.";
        parts.Log.HandedOver(model.Name, shards.Length, silo, parts.Time.GetElapsedTime(begun).TotalSeconds);
    }

    private async Task TryMoveAllAsync(SiloAddress silo, DrainRun run, CancellationToken cancellationToken)
    {
        run.Message = "it looked for room";
        Queue<(ShardId Shard, SiloAddress Target, long Bytes)> moves = new(await PlaceAsync(ShardsOn(silo), silo, cancellationToken));
        while (moves.Count > 0)
        {
            run.Message = $"{moves.Count} shards were still to be handed over";
            await MoveAsync(WaveOf(moves), cancellationToken);
        }
    }

    private async Task<IEnumerable<(ShardId Shard, SiloAddress Target, long Bytes)>> PlaceAsync(
        ImmutableArray<ShardId> shards, SiloAddress silo, CancellationToken cancellationToken)
    {
        Dictionary<string, VariableDefinition> variables = model.RequireDefinition().Variables.ToDictionary(variable => variable.Name);
        (ShardId Shard, long Bytes)[] footprints =
            [.. shards.Select(shard => (shard, ShardPlacement.FootprintBytes(variables[shard.Variable], shard.Index)))];
        ImmutableArray<SiloDescription> silos = await parts.Silos.DescribeAsync(cancellationToken);
        ImmutableDictionary<ShardId, SiloAddress> places = ShardPlacement.Place(
            model.Name, footprints, [.. silos.Where(each => !each.IsDraining && !each.Silo.Equals(silo))]);
        return footprints.Select(shard => (shard.Shard, places[shard.Shard], shard.Bytes));
    }

    private static List<(ShardId Shard, SiloAddress Target)> WaveOf(Queue<(ShardId Shard, SiloAddress Target, long Bytes)> moves)
    {
        List<(ShardId Shard, SiloAddress Target)> wave = [];
        for (long bytes = 0; moves.Count > 0 && wave.Count < WaveShardsMax && (wave.Count == 0 || bytes + moves.Peek().Bytes <= WaveBytesMax);)
        {
            (ShardId shard, SiloAddress target, long more) = moves.Dequeue();
            wave.Add((shard, target));
            bytes += more;
        }

        return wave;
    }

    private async Task MoveAsync(List<(ShardId Shard, SiloAddress Target)> wave, CancellationToken cancellationToken)
    {
        Dictionary<ShardId, ShardPlace> places = [];
        CheckpointException? first = null;
        await Task.WhenAll(wave.Select(async move =>
        {
            try
            {
                places[move.Shard] = await _mover.MoveAsync(move.Shard, move.Target, cancellationToken);
            }
            catch (CheckpointException fault)
            {
                first ??= fault; // The others that have stopped serving go on to their new places.
            }
        }));
        ShardMap map = model.Map;
        model.Map = ShardMap.Of(map.Shards.Select(shard => KeyValuePair.Create(shard, places.GetValueOrDefault(shard) ?? map[shard])));
        if (first is not null)
        {
            throw first;
        }
    }
}
