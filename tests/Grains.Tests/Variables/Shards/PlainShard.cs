using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;

namespace Cairn.Grains.Tests.Variables.Shards;

/// <summary>What a shard promises, said once more and otherwise: it keeps every update that was applied in a generation and an epoch, and computes each version
/// from them. The live version is all of them, the version at a cut those that were stamped before it; both in the order of arrival.</summary>
internal sealed class PlainShard(float decay, int length)
{
    private readonly List<ShardUpdate> _applied = [];
    private readonly Dictionary<Guid, (long Step, HashSet<int> Ordinals, bool IsFenced)> _sessions = [];
    private PlainTensors _base = PlainTensors.Empty;

    public long Generation { get; private set; } = 1;

    public long Epoch { get; private set; } = 1;

    /// <summary>The newest cut that was sealed, and the newest that ended.</summary>
    public (long Sealed, long Ended) Cuts { get; private set; }

    /// <summary>The cut that the shard knows to be open.</summary>
    public long? Open { get; private set; }

    /// <summary>Whether the open cut is spoiled, because pages were given up or a read relied on what came after it.</summary>
    public bool IsSpoiled { get; private set; }

    public PlainTensors Live => Fold(_applied)!;

    /// <summary>The state at the open cut, or now when none is open; null when an update before the cut relies on one after it.</summary>
    public PlainTensors? AtCut(long cut) => Fold(_applied.Where(update => update.Stamp.Cut < cut));

    /// <summary>The refusal of an update, or null; <paramref name="isNew"/> says whether it is applied.</summary>
    public CheckpointError? Expect(ShardUpdate update, out bool isNew)
    {
        isNew = false;
        StepStamp stamp = update.Stamp;
        CheckpointError? refusal = ExpectPlace(stamp.Generation, stamp.Epoch);
        if (refusal is not null)
        {
            return refusal;
        }

        if (_sessions.TryGetValue(update.Operation.Session, out (long Step, HashSet<int> Ordinals, bool IsFenced) session))
        {
            if (session.Step == stamp.Step && session.Ordinals.Contains(update.Operation.Ordinal))
            {
                return null;
            }

            if (session.IsFenced || stamp.Step < session.Step)
            {
                return CheckpointError.StaleStep;
            }
        }

        if (stamp.Cut < Cuts.Sealed)
        {
            return CheckpointError.StaleStep;
        }

        if (stamp.Cut > Open)
        {
            return CheckpointError.TryAgain;
        }

        if (Open is null && stamp.Cut > Cuts.Ended)
        {
            Open = stamp.Cut; // Whatever becomes of the update.
            IsSpoiled = false;
        }

        isNew = Live.After(update, decay, length) is not null;
        return isNew ? null : CheckpointError.Uninitialised;
    }

    /// <summary>The refusal of a read of the value, or what it reads.</summary>
    public (CheckpointError? Refusal, float[]? Value) ExpectRead(ShardRead read)
    {
        CheckpointError? refusal = ExpectPlace(read.Generation, read.Stamp?.Epoch ?? Epoch) ?? (Live.Value is null ? CheckpointError.Uninitialised : null);
        if (refusal is null && read.Stamp?.Cut < Open && !IsSpoiled && AtCut(Open.Value) is { } cut)
        {
            IsSpoiled = cut.Value is null;
            return (null, cut.Value ?? Live.Value);
        }

        return (refusal, Live.Value);
    }

    public CheckpointError? ExpectSeal(SealTicket ticket)
    {
        CheckpointError? refusal = ExpectPlace(ticket.Generation, ticket.Epoch);
        return refusal ?? (ticket.Cut <= Cuts.Ended || (Open is { } open && open != ticket.Cut) ? CheckpointError.Aborted : null);
    }

    public void Remember(ShardUpdate update)
    {
        _applied.Add(update);
        (long Step, HashSet<int> Ordinals, bool IsFenced) session = _sessions.GetValueOrDefault(update.Operation.Session, (0, [], false));
        HashSet<int> ordinals = session.Step == update.Stamp.Step ? session.Ordinals : [];
        ordinals.Add(update.Operation.Ordinal);
        _sessions[update.Operation.Session] = (update.Stamp.Step, ordinals, session.IsFenced);
    }

    public bool Fence(Guid id, long step)
    {
        (long Step, HashSet<int> Ordinals, bool IsFenced) session = _sessions.GetValueOrDefault(id, (step, [], false));
        _sessions[id] = session with { IsFenced = true };
        return session.Step == step && session.Ordinals.Count > 0;
    }

    public void GiveUp() => IsSpoiled = Open is not null;

    public void Seal(long cut) => (Cuts, Open, IsSpoiled) = ((cut, cut), null, false);

    public void Release(long cut)
    {
        Cuts = Cuts with { Ended = Math.Max(Cuts.Ended, cut) };
        (Open, IsSpoiled) = Open <= cut ? (null, false) : (Open, IsSpoiled);
    }

    public void Confirm(long epoch)
    {
        _base = Live;
        _applied.Clear();
        (Epoch, Cuts, Open, IsSpoiled) = (epoch, (0, 0), null, false);
    }

    public void Swap(SwapTicket ticket, PlainTensors state)
    {
        _base = state;
        _applied.Clear();
        _sessions.Clear();
        Generation = ticket.Generation;
        (Cuts, Open, IsSpoiled) = ((ticket.EndedCut, ticket.EndedCut), null, false);
    }

    private CheckpointError? ExpectPlace(long generation, long epoch) =>
        generation < Generation ? CheckpointError.StaleGeneration
        : generation > Generation ? CheckpointError.TryAgain
        : epoch < Epoch ? CheckpointError.Superseded
        : epoch > Epoch ? CheckpointError.TryAgain
        : null;

    private PlainTensors? Fold(IEnumerable<ShardUpdate> updates) => updates.Aggregate((PlainTensors?)_base, (state, update) => state?.After(update, decay, length));
}
