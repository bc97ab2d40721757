using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Shards;

/// <summary>One activation of a shard: the shell around <see cref="ShardGate"/> (may it?) and <see cref="ShardTensors"/> (do it). Its turns are calls of its
/// methods, one at a time; none of them waits, so a turn is a whole change. Orleans is not in it: <see cref="VariableGrain"/> brings the calls.</summary>
/// <param name="shard">The shard.</param>
/// <param name="incarnation">This activation; no other ever has it.</param>
/// <param name="silo">What the shards of its silo share.</param>
/// <param name="address">The silo.</param>
/// <param name="dataPlane">Where the silo serves tensor bytes.</param>
internal sealed class VariableShard(ShardId shard, Guid incarnation, SiloShards silo, SiloAddress address, IDataPlaneAddress dataPlane)
{
    /// <summary>At most one snapshot is sealed and not fully staged (docs/protocol.md, R7); the rest are attempts whose end has not arrived yet.</summary>
    private const int SealedMax = 4;

    private readonly Dictionary<Guid, SealReceipt> _sealed = [];
    private readonly RecentAttempts _released = new();
    private readonly ShardGate _gate = new(shard, incarnation);
    private VariableDefinition? _variable;
    private ShardTensors? _tensors;
    private LocalShard? _entry;

    /// <summary>This activation.</summary>
    public Guid Incarnation => incarnation;

    /// <summary>Says who this activation is.</summary>
    public ShardReport Report() => new(
        shard,
        incarnation,
        _gate.IsAdmitted,
        _gate.Generation,
        _gate.Epoch,
        _tensors is { IsValueInitialised: true },
        _tensors is { IsShadowInitialised: true },
        dataPlane.Current ?? throw new CheckpointException(CheckpointError.TryAgain,
            $"Silo {address} does not serve its data plane yet. Try again."),
        address,
        _gate.Sessions.NewestSteps,
        _gate.IsAdmitted ? _variable : null);

    /// <summary><see cref="IVariableGrain.AdmitAsync"/>.</summary>
    public ShardReport Admit(ShardAdmission admission)
    {
        VariableDefinition variable = admission.Variable;
        if (variable.Name != shard.Variable || shard.Index >= variable.ShardCount)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Shard '{shard}' was to be admitted as shard of '{variable.Name}' with {variable.ShardCount} shards.");
        }

        if (_gate.Admit(admission))
        {
            _variable = variable;
            _tensors = new ShardTensors(silo.Pool, shard, variable);
            Enter(new LocalShard(shard, incarnation, _gate.Generation, _gate.Epoch, _tensors.LengthBytes, variable.DType.ElementBytes()));
        }

        return Report();
    }

    /// <summary><see cref="IVariableGrain.ConfirmEpochAsync"/>.</summary>
    public ShardReport ConfirmEpoch(long epoch)
    {
        if (_gate.ConfirmEpoch(epoch))
        {
            DropSealed();
            Enter(_entry);
        }

        return Report();
    }

    /// <summary><see cref="IVariableGrain.ApplyAsync"/>.</summary>
    public bool Apply(ShardUpdate update)
    {
        PageRun? body = update.Transfer is { } transfer ? silo.Bodies.TryTake(transfer) : null;
        try
        {
            if (!_gate.Opens(update))
            {
                return false;
            }

            body = RequireBody(update, body);
            _tensors!.Apply(update, body);
            _gate.Applied(update.Stamp, update.Operation);
            return true;
        }
        finally
        {
            body?.Release();
        }
    }

    /// <summary><see cref="IVariableGrain.ReadAsync"/>.</summary>
    public ReadOnlyMemory<byte> Read(ShardRead read)
    {
        _gate.OpensRead(read);
        if (read.LengthBytes > ShardUpdate.InlineBytesMax)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"{read.LengthBytes} bytes of shard '{shard}' are over {ShardUpdate.InlineBytesMax}, the most in one call: read them over the data plane.");
        }

        return _tensors!.Read(read.Part, read.OffsetBytes, checked((int)read.LengthBytes));
    }

    /// <summary><see cref="IShardLeases.LeaseAsync"/>.</summary>
    public void Lease(ShardRead read, Guid lease)
    {
        _gate.OpensRead(read);
        silo.Leases.Add(lease, _tensors!.Lease(read.Part, read.OffsetBytes, read.LengthBytes));
    }

    /// <summary><see cref="IVariableGrain.FenceAsync"/>.</summary>
    public bool Fence(Guid session, long step, long epoch) => _gate.Fence(session, step, epoch);

    /// <summary><see cref="IVariableGrain.SealAsync"/>.</summary>
    public SealReceipt Seal(SealTicket ticket)
    {
        if (_released.Contains(ticket.Snapshot))
        {
            throw new CheckpointException(CheckpointError.Aborted,
                $"Shard '{shard}' was told already to release what it freezes for attempt {ticket.Snapshot}: the attempt has ended.");
        }

        if (_sealed.TryGetValue(ticket.Snapshot, out SealReceipt? known) && ticket.Incarnation == incarnation && ticket.Epoch == _gate.Epoch)
        {
            return known;
        }

        if (_sealed.Count >= SealedMax)
        {
            throw new CheckpointException(CheckpointError.LimitExceeded,
                $"Shard '{shard}' holds {SealedMax} sealed versions already; release those of attempts that have ended.");
        }

        _gate.Seal(ticket);
        if (!ticket.Keep)
        {
            return new SealReceipt(shard, incarnation, false, false, null, 0);
        }

        (PageRun? value, PageRun? shadow) = _tensors!.Freeze();
        Keep(ticket.Snapshot, TensorPart.Value, value);
        Keep(ticket.Snapshot, TensorPart.Shadow, shadow);
        var receipt = new SealReceipt(shard, incarnation, value is not null, shadow is not null, _tensors.NumUpdates, _tensors.AverageUpdates);
        _sealed.Add(ticket.Snapshot, receipt);
        return receipt;
    }

    /// <summary><see cref="IVariableGrain.ReleaseAsync"/>.</summary>
    public void Release(Guid snapshot)
    {
        _released.Add(snapshot);
        if (_sealed.Remove(snapshot))
        {
            silo.Sealed.Drop(snapshot, shard);
        }
    }

    /// <summary><see cref="IVariableGrain.SwapAsync"/>.</summary>
    public ShardReport Swap(SwapTicket ticket)
    {
        if (_gate.OpensSwap(ticket))
        {
            (PageRun? value, PageRun? shadow) = ticket.Load is { } load
                ? silo.Staged.TryGet(load, shard, incarnation) ?? throw new CheckpointException(CheckpointError.Aborted,
                    $"Nothing is staged for shard '{shard}' under load {load}. Load it again.")
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

        return Report();
    }

    /// <summary><see cref="IVariableGrain.RetireAsync"/>.</summary>
    public void Retire(long epoch)
    {
        _gate.Retire(epoch);
        FreePages();
    }

    /// <summary>Lets go of everything; nothing is asked of the activation afterwards.</summary>
    public void FreePages()
    {
        DropSealed();
        _tensors?.Clear();
        if (_entry is not null)
        {
            silo.Local.Remove(_entry);
            _entry = null;
        }
    }

    private PageRun? RequireBody(ShardUpdate update, PageRun? received)
    {
        if (update.Transfer is not null)
        {
            return received ?? throw new CheckpointException(CheckpointError.TryAgain,
                $"The body for shard '{shard}' is not on its silo, or was there too long. Send it again.");
        }

        // A null array becomes an empty payload on its way through C#'s conversions, so both mean that there is none.
        if (update.Payload is not { } payload || (payload.IsEmpty && _tensors!.LengthBytes > 0))
        {
            return null;
        }

        if (payload.Length > ShardUpdate.InlineBytesMax)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"{payload.Length} bytes for shard '{shard}' are over {ShardUpdate.InlineBytesMax}, the most in one call: send them over the data plane.");
        }

        if (update.OffsetBytes < 0 || update.OffsetBytes > _tensors!.LengthBytes)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Offset {update.OffsetBytes} is not in shard '{shard}', which has {_tensors!.LengthBytes} bytes.");
        }

        PageRun run = PageRun.Rent(silo.Pool, update.OffsetBytes, payload.Length);
        run.CopyFrom(update.OffsetBytes, payload.Span);
        return run;
    }

    private void Keep(Guid attempt, TensorPart part, PageRun? run)
    {
        if (run is not null)
        {
            silo.Sealed.Add(attempt, shard, part, incarnation, run);
        }
    }

    private void DropSealed()
    {
        foreach (Guid attempt in _sealed.Keys)
        {
            silo.Sealed.Drop(attempt, shard);
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
}
