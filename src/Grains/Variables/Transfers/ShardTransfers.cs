using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Variables.Transfers;

/// <summary>What the data plane of a silo needs of the shards on it: room for bodies, and bytes
/// to send. Pages pass between it and the grains by reference.</summary>
public sealed class ShardTransfers
{
    private readonly SiloShards _silo;
    private readonly IGrainFactory _grains;

    internal ShardTransfers(SiloShards silo, IGrainFactory grains) => (_silo, _grains) = (silo, grains);

    /// <summary>Bytes of the pages that are in use on this silo.</summary>
    public long PageBytesUsed => _silo.Pool.UsedBytes;

    /// <summary>The shard, or null when it is not in service on this silo.</summary>
    public LocalShard? Find(ShardId shard) => _silo.Local.Find(shard);

    /// <summary>Room for a body of a range that lies in the shard; the caller disposes it.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.TryAgain"/>: other bodies have the room, or a save lets go of
    /// pages. <see cref="CheckpointError.LimitExceeded"/>: the silo's pages are used up.</exception>
    public ReceivedBody Rent(long offsetBytes, long lengthBytes)
    {
        _silo.Receiving.Take(lengthBytes);
        try
        {
            return new ReceivedBody(PageRun.Rent(_silo.Pool, offsetBytes, lengthBytes), _silo.Receiving);
        }
        catch
        {
            _silo.Receiving.Return(lengthBytes);
            throw;
        }
    }

    /// <summary>Has the shard apply an update with a body that is complete. Returns false when it had applied it before.</summary>
    /// <exception cref="CheckpointException">The shard's refusal.</exception>
    public async Task<bool> ApplyAsync(ShardId shard, ShardUpdate update, ReceivedBody body)
    {
        var transfer = Guid.NewGuid();
        _silo.Bodies.Add(transfer, body.Take());
        try
        {
            ShardUpdate received = update with { OffsetBytes = body.OffsetBytes, Payload = null, Transfer = transfer };
            return await _grains.GetGrain<IVariableGrain>(shard.ToString()).ApplyAsync(received).ConfigureAwait(false);
        }
        finally
        {
            _silo.Bodies.TryTake(transfer)?.Release(); // Still there when the grain has moved, or refused before it looked.
        }
    }

    /// <summary>The bytes of a range as they are now, whatever is assigned afterwards; the caller disposes the lease.</summary>
    /// <exception cref="CheckpointException">The shard's refusal.</exception>
    public async Task<ShardLease> LeaseAsync(ShardId shard, ShardRead read) => new(
        await LeaseAsync(shard, (grain, lease) => grain.LeaseAsync(read, lease)).ConfigureAwait(false), read.OffsetBytes, read.LengthBytes);

    /// <summary>All bytes of a part that is handed over; the caller disposes the lease.</summary>
    /// <exception cref="CheckpointException">The shard's refusal.</exception>
    public async Task<ShardLease> LeaseParcelAsync(ShardId shard, Guid handOver, TensorPart part)
    {
        PageRun run = await LeaseAsync(shard, (grain, lease) => grain.LeaseParcelAsync(handOver, part, lease)).ConfigureAwait(false);
        return new ShardLease(run, 0, run.LengthBytes);
    }

    private async Task<PageRun> LeaseAsync(ShardId shard, Func<IShardLeases, Guid, Task> ask)
    {
        var lease = Guid.NewGuid();
        try
        {
            await ask(_grains.GetGrain<IShardLeases>(shard.ToString()), lease).ConfigureAwait(false);
        }
        catch
        {
            _silo.Leases.TryTake(lease)?.Release();
            throw;
        }

        return _silo.Leases.TryTake(lease)
            ?? throw new CheckpointException(CheckpointError.TryAgain, $"Shard '{shard}' has left this silo. Ask the coordinator for the routes again.");
    }
}
