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
    private long _newestCut = -1;

    /// <summary>Drawn at random by the activation.</summary>
    public Guid Incarnation => incarnation;

    /// <summary>Whether the coordinator has taken this activation into service.</summary>
    public bool IsAdmitted { get; private set; }

    /// <summary>The generation of the values.</summary>
    public long Generation { get; private set; }

    /// <summary>The newest epoch confirmed.</summary>
    public long Epoch { get; private set; }

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
        _sealedCut = 0;
        _newestCut = -1;
        return true;
    }

    /// <summary>Whether an update is to be applied; false when its id was applied before.</summary>
    public bool Opens(ShardUpdate update)
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
            return false;
        }

        if (update.Stamp.Cut < _sealedCut)
        {
            throw new CheckpointException(CheckpointError.StaleStep,
                $"Step {update.Stamp.Step} lies before cut {_sealedCut}, at which shard '{shard}' is sealed. Begin a new step.");
        }

        Sessions.MakeRoomFor(update.Operation);
        return true;
    }

    /// <summary>Remembers an update that was applied.</summary>
    public void Applied(StepStamp stamp, OperationId operation)
    {
        _isTouched = true;
        _newestCut = Math.Max(_newestCut, stamp.Cut);
        Sessions.Remember(operation);
    }

    /// <summary>Refuses a session from now on. Returns whether an update of its step was applied.</summary>
    public bool Fence(Guid session, long step, long epoch)
    {
        RequireEpoch(epoch);
        return Sessions.Fence(session, step);
    }

    /// <summary>Lets a read pass.</summary>
    public void OpensRead(ShardRead read) => RequireService(read.Incarnation, read.Generation);

    /// <summary>Lets the live version be frozen as the state at the cut.</summary>
    public void Seal(SealTicket ticket)
    {
        RequireService(ticket.Incarnation, ticket.Generation);
        RequireEpoch(ticket.Epoch);
        if (ticket.Cut < _sealedCut || _newestCut >= ticket.Cut)
        {
            throw new CheckpointException(
                CheckpointError.Aborted,
                $"Shard '{shard}' has passed cut {ticket.Cut}: it is sealed at cut {_sealedCut} and holds updates stamped with cut {_newestCut}. Cut again.");
        }

        _sealedCut = ticket.Cut;
    }

    /// <summary>Whether a swap is to be done; false for a repeat.</summary>
    public bool OpensSwap(SwapTicket ticket)
    {
        RequireIncarnation(ticket.Incarnation);
        RequireAdmission();
        RequireEpoch(ticket.Epoch);
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
    public void Swapped(long generation, Guid? load)
    {
        _load = load;
        Generation = generation;
        Sessions = new SessionMemory();
        _isSwapped = true;
        _isTouched = false;
        _newestCut = -1;
    }

    /// <summary>Takes the activation out of service for good.</summary>
    public void Retire(long epoch)
    {
        RefuseOlderEpoch(epoch);
        IsAdmitted = false;
    }

    private void RequireService(Guid meant, long generation)
    {
        RequireIncarnation(meant);
        RequireAdmission();
        ShardRefusals.RequireGeneration(shard, Generation, generation);
    }

    private void RequireIncarnation(Guid meant) => ShardRefusals.RequireIncarnation(shard, incarnation, meant);

    private void RequireAdmission()
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
