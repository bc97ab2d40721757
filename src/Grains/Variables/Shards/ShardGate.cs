using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;

namespace Cairn.Grains.Variables.Shards;

/// <summary>Which requests a shard serves: incarnation, generation, epoch, cut and session. The
/// rules of docs/protocol.md for one shard; no bytes, no Orleans.</summary>
internal sealed class ShardGate(ShardId shard, Guid incarnation)
{
    private bool _isSwapped;
    private Guid? _load;
    private bool _isTouched;
    private long _sealedCut;
    private long _endedCut;
    private long? _openCut;

    /// <summary>Drawn at random by the activation.</summary>
    public Guid Incarnation => incarnation;

    /// <summary>Whether the coordinator has taken this activation into service.</summary>
    public bool IsAdmitted { get; private set; }

    /// <summary>The generation of the values.</summary>
    public long Generation { get; private set; }

    /// <summary>The newest epoch confirmed.</summary>
    public long Epoch { get; private set; }

    /// <summary>The hand-over for which the activation has stopped serving, or null.</summary>
    public Guid? HandOver { get; private set; }

    /// <summary>What is remembered of the generation's sessions.</summary>
    public SessionMemory Sessions { get; private set; } = new();

    /// <summary>Takes the activation into service. Returns false for a repeat.</summary>
    public bool Admit(ShardAdmission admission)
    {
        RequireIncarnation(admission.Incarnation);
        RefuseOlderEpoch(admission.Epoch);
        if (!IsAdmitted)
        {
            IsAdmitted = true;
            Generation = admission.Generation;
            Epoch = admission.Epoch;
            (_sealedCut, _endedCut) = (admission.EndedCut, admission.EndedCut);
            if (admission.Parcel is { } parcel)
            {
                (_sealedCut, _endedCut) = (parcel.SealedCut, parcel.EndedCut);
                (_isSwapped, _load, _isTouched) = (parcel.Swap.IsSwapped, parcel.Swap.Load, parcel.Swap.IsTouched);
                Sessions = SessionMemory.Of(parcel.Sessions);
            }

            return true;
        }

        if (admission.Generation != Generation)
        {
            throw new CheckpointException(
                admission.Generation < Generation ? CheckpointError.StaleGeneration : CheckpointError.InvalidArgument,
                $"Shard '{shard}' was admitted already, into generation {Generation}; it enters generation {admission.Generation} by a swap.");
        }

        return false;
    }

    /// <summary>Takes in a coordinator's epoch. Returns true when it is a new one, so that frozen versions and the open cut are dropped.</summary>
    public bool ConfirmEpoch(long epoch)
    {
        RefuseOlderEpoch(epoch);
        if (epoch == Epoch)
        {
            return false;
        }

        Epoch = epoch;
        (_sealedCut, _endedCut, _openCut) = (0, 0, null);
        HandOver = null; // A fresh coordinator finds this activation and no other: it is the shard.
        return true;
    }

    /// <summary>The versions that an update is to be applied to. The first of a new cut opens it here, whatever becomes of the update.</summary>
    public UpdateReach Opens(ShardUpdate update)
    {
        RequireService(update.Incarnation, update.Stamp.Generation);
        RequireEpoch(update.Stamp.Epoch);
        if (update.Stamp.Step != update.Operation.Step)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"The stamp is of step {update.Stamp.Step}, the operation of step {update.Operation.Step}: both name the step of the update.");
        }

        if (Sessions.WasApplied(update.Operation))
        {
            return UpdateReach.Nothing;
        }

        UpdateReach reach = ReachOf(update.Stamp);
        Sessions.MakeRoomFor(update.Operation);
        if (reach == UpdateReach.LiveAfterFork)
        {
            _openCut = update.Stamp.Cut;
        }

        return reach;
    }

    /// <summary>Remembers an update that was applied.</summary>
    public void Applied(OperationId operation)
    {
        _isTouched = true;
        Sessions.Remember(operation);
    }

    /// <summary>Refuses a session from now on. Returns whether an update of its step was applied.</summary>
    public bool Fence(Guid session, long step, long epoch)
    {
        RequireAdmission();
        RequireEpoch(epoch);
        return Sessions.Fence(session, step);
    }

    /// <summary>Lets a read pass. True when its step lies before the open cut, so that it sees the state there (docs/protocol.md, R3).</summary>
    public bool OpensRead(ShardRead read)
    {
        RequireService(read.Incarnation, read.Generation);
        if (read.Stamp is not { } stamp)
        {
            return false;
        }

        if (stamp.Generation != read.Generation)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"The stamp of the read is of generation {stamp.Generation}, the read of generation {read.Generation}: both name the reader's.");
        }

        RequireEpoch(stamp.Epoch);
        return stamp.Cut < _openCut;
    }

    /// <summary>Lets a seal pass that is not a repeat. It is a word of the present coordinator to this activation.</summary>
    public void OpensSeal(SealTicket ticket)
    {
        RequireService(ticket.Incarnation, ticket.Generation);
        RequireEpoch(ticket.Epoch);
    }

    /// <summary>Ends the cut of a seal: what is stamped before it is refused from now on.</summary>
    public void Seal(long cut)
    {
        if (cut <= _endedCut || cut != (_openCut ?? cut))
        {
            throw new CheckpointException(
                CheckpointError.Aborted,
                $"Shard '{shard}' does not seal cut {cut}: cut {_endedCut} has ended here, and {(_openCut is { } open ? $"cut {open}" : "none")} is open.");
        }

        (_sealedCut, _endedCut, _openCut) = (cut, cut, null);
    }

    /// <summary>Ends a cut without a seal: its steps go on. True when it was open here.</summary>
    public bool Release(long cut, long epoch, Guid meant)
    {
        RequireIncarnation(meant);
        RequireAdmission();
        RequireEpoch(epoch);
        _endedCut = Math.Max(_endedCut, cut);
        if (_openCut is { } open && open <= cut)
        {
            _openCut = null;
            return true;
        }

        return false;
    }

    /// <summary>Whether a swap is to be done; false for a repeat.</summary>
    public bool OpensSwap(SwapTicket ticket)
    {
        RequireHolder(ticket.Incarnation, ticket.Epoch);
        ShardRefusals.RefuseOlderGeneration(shard, Generation, ticket.Generation);
        if (ticket.Generation > Generation)
        {
            return true;
        }

        // A rollback empties the shard first and loads then, in one generation; the order to empty it may arrive once more after that.
        bool isRepeat = _isSwapped && (ticket.Load is null || ticket.Load == _load);
        if (!isRepeat && (_isTouched || _load is not null))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Shard '{shard}' has updates or values of another load in generation {Generation} already; a swap needs a newer one.");
        }

        return !isRepeat;
    }

    /// <summary>Begins the generation of a swap that was done.</summary>
    public void Swapped(SwapTicket ticket)
    {
        _load = ticket.Load;
        Generation = ticket.Generation;
        (_sealedCut, _endedCut, _openCut) = (ticket.EndedCut, ticket.EndedCut, null);
        HandOver = null;
        Sessions = new SessionMemory();
        _isSwapped = true;
        _isTouched = false;
    }

    /// <summary>Stops serving for a hand-over. False for a repeat.</summary>
    public bool BeginHandOver(Guid handOver, long epoch, Guid meant)
    {
        RequireHolder(meant, epoch);
        if (_openCut is { } open)
        {
            throw new CheckpointException(CheckpointError.Aborted, $"Shard '{shard}' has cut {open} open: it is handed over when the cut has ended.");
        }

        bool isNew = HandOver != handOver;
        HandOver = handOver;
        return isNew;
    }

    /// <summary>Gives a hand-over up, if it is the one under way.</summary>
    public void EndHandOver(Guid handOver, long epoch, Guid meant)
    {
        RequireHolder(meant, epoch);
        HandOver = HandOver == handOver ? null : HandOver;
    }

    /// <summary>Refuses what is only for the activation that is being handed over.</summary>
    public void RequireHandOver(Guid handOver)
    {
        if (HandOver != handOver)
        {
            throw new CheckpointException(CheckpointError.Aborted, $"Shard '{shard}' is not being handed over under {handOver} (any more).");
        }
    }

    /// <summary>As <see cref="RequireHandOver(Guid)"/>, for an order of the coordinator.</summary>
    public void RequireHandOver(Guid handOver, long epoch, Guid meant)
    {
        RequireHolder(meant, epoch);
        RequireHandOver(handOver);
    }

    /// <summary>What the gate knows, as a parcel without bytes and digest.</summary>
    public ShardParcel ToParcel(Guid handOver) => new(
        handOver, incarnation, Generation, Epoch, _sealedCut, _endedCut, new ParcelSwap(_isSwapped, _load, _isTouched), null, 0, [], Sessions.Sessions, []);

    /// <summary>Takes the activation out of service for good.</summary>
    public void Retire(long epoch)
    {
        RefuseOlderEpoch(epoch);
        IsAdmitted = false;
    }

    private UpdateReach ReachOf(StepStamp stamp)
    {
        if (stamp.Cut < _sealedCut)
        {
            throw new CheckpointException(CheckpointError.StaleStep,
                $"Step {stamp.Step} lies before cut {_sealedCut}, at which shard '{shard}' is sealed. Begin a new step.");
        }

        if (_openCut is not { } open)
        {
            return stamp.Cut > _endedCut ? UpdateReach.LiveAfterFork : UpdateReach.Live;
        }

        // The next cut opens when every shard has confirmed how the last one ended.
        return stamp.Cut > open
            ? throw new CheckpointException(CheckpointError.TryAgain, $"Shard '{shard}' has cut {open} open and knows nothing of {stamp.Cut} yet. Try again.")
            : stamp.Cut < open ? UpdateReach.Both : UpdateReach.Live;
    }

    private void RequireService(Guid meant, long generation)
    {
        RequireIncarnation(meant);
        RequireAdmission();
        ShardRefusals.RequireGeneration(shard, Generation, generation);
    }

    private void RequireHolder(Guid meant, long epoch)
    {
        RequireIncarnation(meant);
        RequireAdmitted();
        RequireEpoch(epoch);
    }

    private void RequireIncarnation(Guid meant) => ShardRefusals.RequireIncarnation(shard, incarnation, meant);

    private void RequireAdmission()
    {
        RequireAdmitted();
        if (HandOver is not null)
        {
            throw new CheckpointException(CheckpointError.TryAgain, $"Shard '{shard}' is being handed over to another silo. Try again shortly.");
        }
    }

    private void RequireAdmitted()
    {
        if (!IsAdmitted)
        {
            throw new CheckpointException(CheckpointError.TryAgain,
                $"Shard '{shard}' is not in service: the coordinator has not admitted activation {incarnation}. Try again.");
        }
    }

    private void RequireEpoch(long epoch) => ShardRefusals.RequireEpoch(shard, Epoch, epoch);

    private void RefuseOlderEpoch(long epoch) => ShardRefusals.RefuseOlderEpoch(shard, Epoch, epoch);
}
