using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Transfers;

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
    private const int FrozenMax = 4;

    private readonly HashSet<Guid> _frozen = [];
    private (SealTicket Ticket, SealReceipt Receipt)? _newestSeal;
    private readonly ShardGate _gate = new(shard, incarnation);
    private VariableDefinition? _variable;
    private ShardTensors? _tensors;
    private LocalShard? _entry;
    private ShardParcel? _parcel;

    /// <summary>This activation.</summary>
    public Guid Incarnation => incarnation;

    /// <summary>Says who this activation is.</summary>
    public ShardReport Report() => new(
        shard,
        incarnation,
        _gate.IsAdmitted,
        _gate.Generation,
        _gate.Epoch,
        _tensors is { Live.IsValueInitialised: true },
        _tensors is { Live.IsShadowInitialised: true },
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

        ShardTensors? handedOver = !_gate.IsAdmitted && admission.Parcel is { } parcel ? Unpack(parcel, variable) : null;
        if (_gate.Admit(admission))
        {
            _variable = variable;
            _tensors = handedOver ?? new ShardTensors(silo.Pool, silo.Sealed, shard, variable);
            Enter(new LocalShard(shard, incarnation, _gate.Generation, _gate.Epoch, _tensors.Live.LengthBytes, variable.DType.ElementBytes()));
        }

        return Report();
    }

    /// <summary><see cref="IVariableGrain.ConfirmEpochAsync"/>.</summary>
    public ShardReport ConfirmEpoch(long epoch)
    {
        if (_gate.ConfirmEpoch(epoch))
        {
            DropFrozen();
            _tensors?.DropCut();
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
            UpdateReach reach = _gate.Opens(update);
            if (reach == UpdateReach.Nothing)
            {
                return false;
            }

            if (reach == UpdateReach.LiveAfterFork)
            {
                _tensors!.OpenCut();
            }

            body = RequireBody(update, body);
            _tensors!.Apply(update, body, reach);
            _gate.Applied(update.Operation);
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
        bool isBeforeCut = _gate.OpensRead(read);
        if (read.LengthBytes > ShardUpdate.InlineBytesMax)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"{read.LengthBytes} bytes of shard '{shard}' are over {ShardUpdate.InlineBytesMax}, the most in one call: read them over the data plane.");
        }

        return _tensors!.Read(read, isBeforeCut);
    }

    /// <summary><see cref="IShardLeases.LeaseAsync"/>.</summary>
    public void Lease(ShardRead read, Guid lease)
    {
        bool isBeforeCut = _gate.OpensRead(read);
        silo.Leases.Add(lease, _tensors!.Lease(read, isBeforeCut));
    }

    /// <summary><see cref="IVariableGrain.FenceAsync"/>.</summary>
    public bool Fence(Guid session, long step, long epoch) => _gate.Fence(session, step, epoch);

    /// <summary><see cref="IVariableGrain.SealAsync"/>.</summary>
    public SealReceipt Seal(SealTicket ticket)
    {
        _gate.OpensSeal(ticket);
        if (_newestSeal is { } newest && newest.Ticket == ticket)
        {
            return newest.Receipt;
        }

        _frozen.RemoveWhere(snapshot => !silo.Sealed.Holds(snapshot, shard)); // Written, or let go of by the silo.
        if (_frozen.Count >= FrozenMax)
        {
            throw new CheckpointException(CheckpointError.LimitExceeded,
                $"Shard '{shard}' holds {FrozenMax} sealed versions already; release those of attempts that have ended.");
        }

        _gate.Seal(ticket.Cut);
        SealReceipt receipt = _tensors!.EndCut(ticket);
        if (ticket.Keep && receipt.Spoiled is null)
        {
            _frozen.Add(ticket.Snapshot);
        }

        _newestSeal = (ticket, receipt);
        return receipt;
    }

    /// <summary><see cref="IVariableGrain.ReleaseAsync"/>.</summary>
    public void Release(Guid snapshot, long cut, long epoch, Guid meant)
    {
        if (_gate.Release(cut, epoch, meant))
        {
            _tensors!.DropCut();
        }

        if (_frozen.Remove(snapshot))
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

            DropFrozen();
            _gate.Swapped(ticket);
            Enter(_entry);
        }

        return Report();
    }

    /// <summary><see cref="IVariableGrain.HandOverAsync"/>.</summary>
    public ShardParcel HandOver(Guid handOver, long epoch, Guid meant)
    {
        if (_gate.BeginHandOver(handOver, epoch, meant) || _parcel is null)
        {
            RemoveEntry(); // What comes over the data plane is refused before it has a page.
            ShardParcel open = _gate.ToParcel(handOver) with
            {
                NumUpdates = _tensors!.Live.NumUpdates,
                AverageUpdates = _tensors.Live.AverageUpdates,
                Parts = _tensors.ToParcel(),
            };
            _parcel = open with { Digest = ParcelDigest.Of(shard, open) };
        }

        return _parcel;
    }

    /// <summary>Leaves the bytes of a part that is handed over for the silo that fetches them, under <paramref name="lease"/>.</summary>
    public void LeaseParcel(Guid handOver, TensorPart part, Guid lease)
    {
        _gate.RequireHandOver(handOver);
        silo.Leases.Add(lease, _tensors!.Live.Lease(part, 0, _tensors.Live.LengthBytes));
    }

    /// <summary><see cref="IVariableGrain.ResumeAsync"/>.</summary>
    public void Resume(Guid handOver, long epoch, Guid meant)
    {
        _gate.EndHandOver(handOver, epoch, meant);
        if (_gate.HandOver is null)
        {
            Enter(_entry);
        }
    }

    /// <summary><see cref="IVariableGrain.LeaveAsync"/>.</summary>
    public void Leave(Guid handOver, long epoch, Guid meant)
    {
        _gate.RequireHandOver(handOver, epoch, meant);
        _gate.Retire(epoch);
        FreePages();
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
        DropFrozen();
        _tensors?.Clear();
        RemoveEntry();
        _entry = null;
    }

    /// <summary>What was handed over, if it is what the other silo has given away.</summary>
    private ShardTensors Unpack(ShardParcel parcel, VariableDefinition variable)
    {
        (PageRun? value, PageRun? shadow) = silo.Staged.TryGet(parcel.HandOver, shard, parcel.Incarnation)
            ?? (parcel.Parts.IsEmpty ? (null, null) : throw new CheckpointException(CheckpointError.Aborted,
                $"Nothing is held for shard '{shard}' under hand-over {parcel.HandOver}: it was not fetched, or forgotten."));
        try
        {
            ShardParcel held = parcel with { Parts = ShardTensors.ToParcel(value, shadow) };
            if (!ParcelDigest.Of(shard, held).AsSpan().SequenceEqual(parcel.Digest.AsSpan()))
            {
                throw CheckpointException.Corrupt(
                    $"hand-over {parcel.HandOver}", 0, $"shard '{shard}' has another digest than when activation {parcel.Incarnation} stopped serving it.");
            }

            var tensors = new ShardTensors(silo.Pool, silo.Sealed, shard, variable);
            tensors.Live.Adopt(parcel, value, shadow);
            return tensors;
        }
        finally
        {
            value?.Release();
            shadow?.Release();
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
        if (update.Payload is not { } payload || (payload.IsEmpty && _tensors!.Live.LengthBytes > 0))
        {
            return null;
        }

        if (payload.Length > ShardUpdate.InlineBytesMax)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"{payload.Length} bytes for shard '{shard}' are over {ShardUpdate.InlineBytesMax}, the most in one call: send them over the data plane.");
        }

        if (update.OffsetBytes < 0 || update.OffsetBytes > _tensors!.Live.LengthBytes)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Offset {update.OffsetBytes} is not in shard '{shard}', which has {_tensors!.Live.LengthBytes} bytes.");
        }

        PageRun run = PageRun.Rent(silo.Pool, update.OffsetBytes, payload.Length);
        run.CopyFrom(update.OffsetBytes, payload.Span);
        return run;
    }

    private void DropFrozen()
    {
        foreach (Guid snapshot in _frozen)
        {
            silo.Sealed.Drop(snapshot, shard);
        }

        _frozen.Clear();
        _newestSeal = null;
    }

    private void RemoveEntry()
    {
        if (_entry is not null)
        {
            silo.Local.Remove(_entry);
        }
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
