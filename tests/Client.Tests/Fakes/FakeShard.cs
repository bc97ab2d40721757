using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Orleans.Runtime;

namespace Cairn.Client.Tests.Fakes;

/// <summary>A shard that keeps the updates it was sent, and refuses stale epochs and generations.</summary>
internal sealed class FakeShard(FakeCoordinator coordinator, string name) : IVariableGrain
{
    public Guid Incarnation { get; set; } = Guid.NewGuid();

    public ConcurrentQueue<ShardUpdate> Updates { get; } = new();

    public ConcurrentQueue<ShardRead> Reads { get; } = new();

    public bool ValueInitialised { get; set; } = true;

    public bool ShadowInitialised { get; set; } = true;

    public async Task<bool> ApplyAsync(ShardUpdate update)
    {
        await Task.Yield();
        return coordinator.Record($"Apply({name})", () =>
        {
            Updates.Enqueue(update);
            Check(update.Incarnation, update.Stamp.Generation);
            RequireEpoch(update.Stamp.Epoch);
            return true;
        });
    }

    public async Task<ReadOnlyMemory<byte>> ReadAsync(ShardRead read)
    {
        await Task.Yield();
        return coordinator.Record($"Read({name})", () =>
        {
            Reads.Enqueue(read);
            Check(read.Incarnation, read.Generation);
            RequireEpoch(read.Stamp?.Epoch ?? coordinator.Epoch);
            return new ReadOnlyMemory<byte>(new byte[read.LengthBytes]);
        });
    }

    public async Task<ShardReport> ReportAsync()
    {
        await Task.Yield();
        return coordinator.Record($"Report({name})", () => new ShardReport(ShardId.Parse(name), Incarnation, true, coordinator.Generation, coordinator.Epoch,
            ValueInitialised, ShadowInitialised, coordinator.DataPlane, SiloAddress.Zero, ImmutableDictionary<Guid, long>.Empty));
    }

    public Task<ShardReport> AdmitAsync(ShardAdmission admission) => throw new NotSupportedException();

    public Task<ShardReport> ConfirmEpochAsync(long epoch) => throw new NotSupportedException();

    public Task<bool> FenceAsync(Guid session, long step, long epoch) => throw new NotSupportedException();

    public Task<SealReceipt> SealAsync(SealTicket ticket) => throw new NotSupportedException();

    public Task ReleaseAsync(Guid snapshot, long cut, long epoch, Guid incarnation) => throw new NotSupportedException();

    public Task<ShardReport> SwapAsync(SwapTicket ticket) => throw new NotSupportedException();

    public Task<ShardParcel> HandOverAsync(Guid handOver, long epoch, Guid incarnation) => throw new NotSupportedException();

    public Task ResumeAsync(Guid handOver, long epoch, Guid incarnation) => throw new NotSupportedException();

    public Task LeaveAsync(Guid handOver, long epoch, Guid incarnation) => throw new NotSupportedException();

    public Task RetireAsync(long epoch) => throw new NotSupportedException();

    private void RequireEpoch(long epoch)
    {
        if (epoch != coordinator.Epoch)
        {
            throw new CheckpointException(CheckpointError.Superseded, "An older epoch.");
        }
    }

    private void Check(Guid incarnation, long generation)
    {
        if (incarnation != Incarnation)
        {
            throw new CheckpointException(CheckpointError.TryAgain, "Another incarnation.");
        }

        if (generation != coordinator.Generation)
        {
            throw new CheckpointException(CheckpointError.StaleGeneration, $"The model is at generation {coordinator.Generation}.");
        }
    }
}
