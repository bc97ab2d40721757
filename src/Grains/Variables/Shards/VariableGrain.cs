using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Variables.Pages;
using Microsoft.Extensions.Logging;
using Orleans.Placement;

namespace Cairn.Grains.Variables.Shards;

/// <summary>The activation of a shard: the shell around <see cref="ShardGate"/> (may it?) and
/// <see cref="ShardTensors"/> (do it). Its turns never wait, so a turn is a whole change.</summary>
[KeepAlive, Immovable, GrainType("cairn.variable")]
internal sealed partial class VariableGrain(SiloShards silo, IDataPlaneAddress dataPlane, ILocalSiloDetails details, ILogger<VariableGrain> logger)
    : Grain, IVariableGrain, IShardLeases
{
    /// <summary>At most one snapshot is sealed and not fully staged (docs/protocol.md, R7); the rest are attempts whose end has not arrived yet.</summary>
    private const int SealedMax = 4;

    private readonly Dictionary<Guid, SealReceipt> _sealed = [];
    private readonly RecentAttempts _released = new();
    private ShardId _shard;
    private ShardGate _gate = null!;
    private VariableDefinition? _variable;
    private ShardTensors? _tensors;
    private LocalShard? _entry;
    private bool _isExpected;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _shard = ShardId.Parse(this.GetPrimaryKeyString());
        _gate = new ShardGate(_shard, Guid.NewGuid());
        IntroduceAsync().Ignore(); // Not awaited: the coordinator may be in a call to this very activation.
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        FreePages();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ShardReport> ReportAsync()
    {
        _isExpected = true;
        return Task.FromResult(Report());
    }

    /// <inheritdoc/>
    public Task<ShardReport> AdmitAsync(ShardAdmission admission)
    {
        _isExpected = true;
        VariableDefinition variable = admission.Variable;
        if (variable.Name != _shard.Variable || _shard.Index >= variable.ShardCount)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Shard '{_shard}' was to be admitted as shard of '{variable.Name}' with {variable.ShardCount} shards.");
        }

        if (_gate.Admit(admission))
        {
            _variable = variable;
            _tensors = new ShardTensors(silo.Pool, _shard, variable);
            Enter(new LocalShard(_shard, _gate.Incarnation, _gate.Generation, _gate.Epoch, _tensors.LengthBytes, variable.DType.ElementBytes()));
        }

        return Task.FromResult(Report());
    }

    /// <inheritdoc/>
    public Task<ShardReport> ConfirmEpochAsync(long epoch)
    {
        _isExpected = true;
        if (_gate.ConfirmEpoch(epoch))
        {
            DropSealed();
            Enter(_entry);
        }

        return Task.FromResult(Report());
    }

    /// <inheritdoc/>
    public Task<bool> ApplyAsync(ShardUpdate update)
    {
        LeaveIfStray();
        PageRun? body = update.Transfer is { } transfer ? silo.Bodies.TryTake(transfer) : null;
        try
        {
            if (!_gate.Opens(update))
            {
                return Task.FromResult(false);
            }

            body = RequireBody(update, body);
            _tensors!.Apply(update, body);
            _gate.Applied(update.Stamp, update.Operation);
            return Task.FromResult(true);
        }
        finally
        {
            body?.Release();
        }
    }

    /// <inheritdoc/>
    public Task<ReadOnlyMemory<byte>> ReadAsync(ShardRead read)
    {
        LeaveIfStray();
        _gate.OpensRead(read);
        if (read.LengthBytes > ShardUpdate.InlineBytesMax)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"{read.LengthBytes} bytes of shard '{_shard}' are over {ShardUpdate.InlineBytesMax}, the most in one call: read them over the data plane.");
        }

        return Task.FromResult<ReadOnlyMemory<byte>>(_tensors!.Read(read.Part, read.OffsetBytes, checked((int)read.LengthBytes)));
    }

    /// <inheritdoc/>
    public Task LeaseAsync(ShardRead read, Guid lease)
    {
        LeaveIfStray();
        _gate.OpensRead(read);
        silo.Leases.Add(lease, _tensors!.Lease(read.Part, read.OffsetBytes, read.LengthBytes));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> FenceAsync(Guid session, long step, long epoch)
    {
        LeaveIfStray();
        return Task.FromResult(_gate.Fence(session, step, epoch));
    }

    /// <inheritdoc/>
    public Task<SealReceipt> SealAsync(SealTicket ticket)
    {
        LeaveIfStray();
        if (_released.Contains(ticket.Attempt))
        {
            throw new CheckpointException(CheckpointError.Aborted,
                $"Shard '{_shard}' was told already to release what it freezes for attempt {ticket.Attempt}: the attempt has ended.");
        }

        if (_sealed.TryGetValue(ticket.Attempt, out SealReceipt? known) && ticket.Incarnation == _gate.Incarnation && ticket.Epoch == _gate.Epoch)
        {
            return Task.FromResult(known);
        }

        if (_sealed.Count >= SealedMax)
        {
            throw new CheckpointException(CheckpointError.LimitExceeded,
                $"Shard '{_shard}' holds {SealedMax} sealed versions already; release those of attempts that have ended.");
        }

        _gate.Seal(ticket);
        (PageRun? value, PageRun? shadow) = _tensors!.Freeze();
        Keep(ticket.Attempt, TensorPart.Value, value);
        Keep(ticket.Attempt, TensorPart.Shadow, shadow);
        var receipt = new SealReceipt(_shard, _gate.Incarnation, value is not null, shadow is not null, _tensors.NumUpdates, _tensors.AverageUpdates);
        _sealed.Add(ticket.Attempt, receipt);
        return Task.FromResult(receipt);
    }

    /// <inheritdoc/>
    public Task ReleaseAsync(Guid attempt)
    {
        LeaveIfStray();
        _released.Add(attempt);
        if (_sealed.Remove(attempt))
        {
            silo.Sealed.Drop(attempt, _shard);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ShardReport> SwapAsync(SwapTicket ticket)
    {
        LeaveIfStray();
        if (_gate.OpensSwap(ticket))
        {
            (PageRun? value, PageRun? shadow) = ticket.Load is { } load
                ? silo.Staged.TryGet(load, _shard, _gate.Incarnation) ?? throw new CheckpointException(CheckpointError.Aborted,
                    $"Nothing is staged for shard '{_shard}' under load {load}. Load it again.")
                : (null, null);
            try
            {
                _tensors!.Swap(ticket, value, shadow);
            }
            finally
            {
                value?.Release();
                shadow?.Release();
            }

            DropSealed();
            _gate.Swapped(ticket.Generation, ticket.Load);
            Enter(_entry);
        }

        return Task.FromResult(Report());
    }

    /// <inheritdoc/>
    public Task RetireAsync(long epoch)
    {
        _gate.Retire(epoch);
        FreePages();
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private PageRun? RequireBody(ShardUpdate update, PageRun? received)
    {
        if (update.Transfer is not null)
        {
            return received ?? throw new CheckpointException(CheckpointError.TryAgain,
                $"The body for shard '{_shard}' is not on its silo, or was there too long. Send it again.");
        }

        // A null array becomes an empty payload on its way through C#'s conversions, so both mean that there is none.
        if (update.Payload is not { } payload || (payload.IsEmpty && _tensors!.LengthBytes > 0))
        {
            return null;
        }

        if (payload.Length > ShardUpdate.InlineBytesMax)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"{payload.Length} bytes for shard '{_shard}' are over {ShardUpdate.InlineBytesMax}, the most in one call: send them over the data plane.");
        }

        if (update.OffsetBytes < 0 || update.OffsetBytes > _tensors!.LengthBytes)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Offset {update.OffsetBytes} is not in shard '{_shard}', which has {_tensors!.LengthBytes} bytes.");
        }

        PageRun run = PageRun.Rent(silo.Pool, update.OffsetBytes, payload.Length);
        run.CopyFrom(update.OffsetBytes, payload.Span);
        return run;
    }

    private void Keep(Guid attempt, TensorPart part, PageRun? run)
    {
        if (run is not null)
        {
            silo.Sealed.Add(attempt, _shard, part, _gate.Incarnation, run);
        }
    }

    private void DropSealed()
    {
        foreach (Guid attempt in _sealed.Keys)
        {
            silo.Sealed.Drop(attempt, _shard);
        }

        _sealed.Clear();
    }

    /// <summary>Tells the data plane how the shard stands now; does nothing before admission.</summary>
    private void Enter(LocalShard? entry)
    {
        if (entry is not null)
        {
            _entry = entry with { Generation = _gate.Generation, Epoch = _gate.Epoch };
            silo.Local.Add(_entry);
        }
    }

    /// <summary>An activation that only a stray message has made would stay for ever where placement did not put it: it goes once it has refused.</summary>
    private void LeaveIfStray()
    {
        if (!_isExpected)
        {
            DeactivateOnIdle();
        }
    }

    private void FreePages()
    {
        DropSealed();
        _tensors?.Clear();
        if (_entry is not null)
        {
            silo.Local.Remove(_entry);
            _entry = null;
        }
    }

    private ShardReport Report() => new(
        _shard,
        _gate.Incarnation,
        _gate.IsAdmitted,
        _gate.Generation,
        _gate.Epoch,
        _tensors is { IsValueInitialised: true },
        _tensors is { IsShadowInitialised: true },
        dataPlane.Current ?? throw new CheckpointException(CheckpointError.TryAgain,
            $"Silo {details.SiloAddress} does not serve its data plane yet. Try again."),
        details.SiloAddress,
        _gate.Sessions.NewestSteps,
        _gate.IsAdmitted ? _variable : null);

    private async Task IntroduceAsync()
    {
        try
        {
            await GrainFactory.GetGrain<ICheckpointCoordinatorGrain>(_shard.Model).ReportShardAsync(Report());
        }
#pragma warning disable CA1031 // Whatever fails here, the coordinator finds the activation by asking; it is only slower.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotIntroduced(logger, _shard, e.Message);
        }
    }
}
