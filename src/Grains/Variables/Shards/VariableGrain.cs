using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Microsoft.Extensions.Logging;
using Orleans.Placement;

namespace Cairn.Grains.Variables.Shards;

/// <summary>The activation of a shard in Orleans: <see cref="VariableShard"/>, which it brings its calls to.</summary>
[KeepAlive, Immovable, GrainType("cairn.variable")]
internal sealed partial class VariableGrain(SiloShards silo, IDataPlaneAddress dataPlane, ILocalSiloDetails details, ILogger<VariableGrain> logger)
    : Grain, IVariableGrain, IShardLeases
{
    private ShardId _id;
    private VariableShard _shard = null!;
    private bool _isExpected;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _id = ShardId.Parse(this.GetPrimaryKeyString());
        _shard = new VariableShard(_id, silo.NewId(), silo, details.SiloAddress, dataPlane);
        IntroduceAsync().Ignore(); // Not awaited: the coordinator may be in a call to this very activation.
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _shard.FreePages();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ShardReport> ReportAsync() => Task.FromResult(Expected().Report());

    /// <inheritdoc/>
    public Task<ShardReport> AdmitAsync(ShardAdmission admission) => Task.FromResult(Expected().Admit(admission));

    /// <inheritdoc/>
    public Task<ShardReport> ConfirmEpochAsync(long epoch) => Task.FromResult(Expected().ConfirmEpoch(epoch));

    /// <inheritdoc/>
    public Task<bool> ApplyAsync(ShardUpdate update) => Task.FromResult(Served().Apply(update));

    /// <inheritdoc/>
    public Task<ReadOnlyMemory<byte>> ReadAsync(ShardRead read) => Task.FromResult(Served().Read(read));

    /// <inheritdoc/>
    public Task LeaseAsync(ShardRead read, Guid lease)
    {
        Served().Lease(read, lease);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> FenceAsync(Guid session, long step, long epoch) => Task.FromResult(Served().Fence(session, step, epoch));

    /// <inheritdoc/>
    public Task<SealReceipt> SealAsync(SealTicket ticket) => Task.FromResult(Served().Seal(ticket));

    /// <inheritdoc/>
    public Task ReleaseAsync(Guid snapshot, long cut, long epoch, Guid incarnation)
    {
        Served().Release(snapshot, cut, epoch, incarnation);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ShardReport> SwapAsync(SwapTicket ticket) => Task.FromResult(Served().Swap(ticket));

    /// <inheritdoc/>
    public Task<ShardParcel> HandOverAsync(Guid handOver, long epoch, Guid incarnation) =>
        Task.FromResult(Served().HandOver(handOver, epoch, incarnation));

    /// <inheritdoc/>
    public Task LeaseParcelAsync(Guid handOver, TensorPart part, Guid lease)
    {
        Served().LeaseParcel(handOver, part, lease);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ResumeAsync(Guid handOver, long epoch, Guid incarnation)
    {
        Served().Resume(handOver, epoch, incarnation);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task LeaveAsync(Guid handOver, long epoch, Guid incarnation)
    {
        Served().Leave(handOver, epoch, incarnation);
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RetireAsync(long epoch)
    {
        _shard.Retire(epoch);
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    /// <summary>A call that only the coordinator makes: it wants the activation here.</summary>
    private VariableShard Expected()
    {
        _isExpected = true;
        return _shard;
    }

    /// <summary>An activation that only a stray message has made would stay for ever where placement did not put it: it goes once it has refused.</summary>
    private VariableShard Served()
    {
        if (!_isExpected)
        {
            DeactivateOnIdle();
        }

        return _shard;
    }

    private async Task IntroduceAsync()
    {
        try
        {
            await GrainFactory.GetGrain<ICheckpointCoordinatorGrain>(_id.Model).ReportShardAsync(_shard.Report());
        }
#pragma warning disable CA1031 // Whatever fails here, the coordinator finds the activation by asking; it is only slower.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotIntroduced(logger, _id, e.Message);
        }
    }
}
