using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination.HandOvers;

/// <summary>Moves one shard to another silo without a loss (docs/protocol.md, R21): the old activation stops serving; its bytes are fetched into a holding area
/// of the new silo and compared there; the old one ends; a new one is admitted against the digest. Until the old one has ended it can serve again; after that
/// a failure is a loss. Called in both turns: no cut is open, and nothing is being stored.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
internal sealed class ShardMover(LiveModel model, CoordinatorParts parts)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Moves a shard and returns its new place.</summary>
    /// <exception cref="CheckpointException">It was not moved: it serves where it was, or (then the model suspects a loss) nowhere.</exception>
    public async Task<ShardPlace> MoveAsync(ShardId shard, SiloAddress target, CancellationToken cancellationToken)
    {
        Guid handOver = parts.NewId();
        ShardMap map = model.Map;
        bool hasLeft = false;
        parts.Shards.BeginMove(shard);
        try
        {
            ShardParcel parcel = await FetchAsync(shard, map, target, handOver, cancellationToken);
            hasLeft = true;
            ShardPlace place = await AdmitAsync(shard, target, parcel, cancellationToken);
            parts.Shards.EndMove(shard, map[shard].Incarnation, place.Incarnation);
            return place;
        }
        catch (Exception fault) when (fault is CheckpointException or OperationCanceledException)
        {
            if (hasLeft || !await TryResumeAsync(shard, map, handOver))
            {
                model.Suspect($"Shard '{shard}' was lost on its way from silo {map[shard].Silo} to {target}: {fault.Message}");
            }

            parts.Shards.EndMove(shard, null, null);
            throw fault as CheckpointException ?? new CheckpointException(CheckpointError.Aborted, $"Shard '{shard}' could not be moved in time.", fault);
        }
        finally
        {
            await parts.Silos.TryDropAsync(target, handOver);
        }
    }

    private async Task<ShardParcel> FetchAsync(
        ShardId shard, ShardMap map, SiloAddress target, Guid handOver, CancellationToken cancellationToken)
    {
        long epoch = parts.Record.Current.Epoch;
        ShardAnswers<ShardParcel> parcels = await parts.Shards.OrderAsync(
            [shard], map, "stop serving for a hand-over", (grain, _, place) => grain.HandOverAsync(handOver, epoch, place.Incarnation), cancellationToken);
        ShardParcel parcel = parcels[shard];
        if (!parcel.Parts.IsEmpty)
        {
            PullTicket ticket = new(handOver, shard, parcel.Incarnation, map[shard].DataPlane, parcel.Parts);
            await parts.Silos.RunAsync(target, handOver, service => service.StartPullAsync(ticket), _ => { }, cancellationToken);
        }

        return parcel;
    }

    private async Task<ShardPlace> AdmitAsync(ShardId shard, SiloAddress target, ShardParcel parcel, CancellationToken cancellationToken)
    {
        long epoch = parts.Record.Current.Epoch;
        VariableDefinition variable = model.RequireDefinition().Variables.Single(each => each.Name == shard.Variable);
        ShardReport report = await ActivateAsync(shard, target, parcel, cancellationToken);
        ShardMap fresh = MapOf(report);
        ShardAdmission admission = new(report.Incarnation, variable, parcel.Generation, epoch, parcel.EndedCut, parcel);
        await parts.Shards.OrderAsync([shard], fresh, "take over the shard", (grain, _, _) => grain.AdmitAsync(admission), cancellationToken);
        return fresh[shard];
    }

    /// <summary>Ends the old activation and makes the new one. A call of somebody who has an old route can make one elsewhere in between: it is sent
    /// away.</summary>
    private async Task<ShardReport> ActivateAsync(ShardId shard, SiloAddress target, ShardParcel parcel, CancellationToken cancellationToken)
    {
        long epoch = parts.Record.Current.Epoch;
        ImmutableDictionary<ShardId, SiloAddress> places = ImmutableDictionary<ShardId, SiloAddress>.Empty.Add(shard, target);
        Task LeaveAsync(IVariableGrain grain) => grain.LeaveAsync(parcel.HandOver, epoch, parcel.Incarnation);
        await parts.Shards.TryOnceAsync(shard, LeaveAsync, cancellationToken);
        while (true)
        {
            ShardReport report = (await parts.Shards.ReportAsync([shard], places, cancellationToken))[shard];
            if (report.Incarnation == parcel.Incarnation)
            {
                await parts.Shards.TryOnceAsync(shard, LeaveAsync, cancellationToken);
            }
            else if (!report.Silo.Equals(target))
            {
                await parts.Shards.TryOnceAsync(shard, grain => grain.RetireAsync(epoch), cancellationToken);
            }
            else
            {
                return report;
            }

            await Task.Delay(Pause, parts.Time, cancellationToken);
        }
    }

    private async Task<bool> TryResumeAsync(ShardId shard, ShardMap map, Guid handOver)
    {
        long epoch = parts.Record.Current.Epoch;
        try
        {
            await parts.Shards.OrderAsync(
                [shard], map, "serve again", (grain, _, place) => grain.ResumeAsync(handOver, epoch, place.Incarnation), CancellationToken.None);
            return true;
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    private static ShardMap MapOf(ShardReport report) =>
        ShardMap.Of([KeyValuePair.Create(report.Shard, new ShardPlace(report.Incarnation, report.Silo, report.DataPlane))]);
}
