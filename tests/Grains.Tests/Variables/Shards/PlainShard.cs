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

    /// <summary>Whether a read, or giving up pages, has spoiled the open cut.</summary>
    public (bool ByRead, bool ByPages) Spoiled { get; private set; }

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
            Spoiled = default;
        }

        isNew = Live.After(update, decay, length) is not null;
        return isNew ? null : CheckpointError.Uninitialised;
    }

    public CheckpointError? ExpectRead(ShardRead read)
    {
        CheckpointError? refusal = ExpectPlace(read.Generation, read.Stamp?.Epoch ?? Epoch);
        if (refusal is null && read.Stamp?.Cut < Open)
        {
            Spoiled = Spoiled with { ByRead = true };
        }

        return refusal;
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

    public void GiveUp() => Spoiled = Spoiled with { ByPages = Spoiled.ByPages || Open is not null };

    public void Seal(long cut) => (Cuts, Open, Spoiled) = ((cut, cut), null, default);

    public void Release(long cut)
    {
        Cuts = Cuts with { Ended = Math.Max(Cuts.Ended, cut) };
        (Open, Spoiled) = Open <= cut ? (null, default) : (Open, Spoiled);
    }

    public void Confirm(long epoch)
    {
        _base = Live;
        _applied.Clear();
        (Epoch, Cuts, Open, Spoiled) = (epoch, (0, 0), null, default);
    }

    public void Swap(SwapTicket ticket, PlainTensors state)
    {
        _base = state;
        _applied.Clear();
        _sessions.Clear();
        Generation = ticket.Generation;
        (Cuts, Open, Spoiled) = (Cuts with { Ended = Math.Max(Cuts.Ended, ticket.Cut) }, null, default);
    }

    private CheckpointError? ExpectPlace(long generation, long epoch) =>
        generation < Generation ? CheckpointError.StaleGeneration
        : generation > Generation ? CheckpointError.TryAgain
        : epoch < Epoch ? CheckpointError.Superseded
        : epoch > Epoch ? CheckpointError.TryAgain
        : null;

    private PlainTensors? Fold(IEnumerable<ShardUpdate> updates) => updates.Aggregate((PlainTensors?)_base, (state, update) => state?.After(update, decay, length));
}
