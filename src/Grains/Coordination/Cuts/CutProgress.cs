using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination.Cuts;

/// <summary>One cut of a model, and the only rules by which it changes (docs/protocol.md, R7 and R8). Pure: no clock, no call.</summary>
/// <param name="Snapshot">Drawn for this cut; what the shards freeze is found under it.</param>
/// <param name="Stamp">The generation and epoch that are cut, and the cut's number.</param>
/// <param name="Map">Every shard of the model: each is told how the cut ended.</param>
/// <param name="Phase">Where it is.</param>
internal sealed record CutProgress(Guid Snapshot, SaveStamp Stamp, ShardMap Map, CutPhase Phase)
{
    /// <summary>What the shards froze; empty before the cut is sealed.</summary>
    public ImmutableArray<SealReceipt> Seals { get; private init; } = [];

    /// <summary>Why a seal that every shard confirmed is of no use; null while there is no such reason.</summary>
    public string? Fault { get; private init; }

    /// <summary>Whether every shard has confirmed how it ended. Only then may the next cut open.</summary>
    public bool HasEnded => Phase is CutPhase.Sealed or CutPhase.Released;

    /// <summary>A cut that is opened.</summary>
    public static CutProgress Open(Guid snapshot, SaveStamp stamp, ShardMap map) => new(snapshot, stamp, map, CutPhase.Open);

    /// <summary>No step before it is open any more, and none is being fenced. Changes nothing in another phase.</summary>
    public CutProgress BeginSealing() => Phase == CutPhase.Open ? this with { Phase = CutPhase.Sealing } : this;

    /// <summary>Takes in the words of the shards. Only if each has frozen its state, and is the activation that was meant, the cut is sealed; else it is to be
    /// released. Changes nothing in another phase.</summary>
    public CutProgress EndSealing(ImmutableArray<SealReceipt> receipts)
    {
        if (Phase != CutPhase.Sealing)
        {
            return this;
        }

        return FaultOf(receipts) is { } fault
            ? this with { Phase = CutPhase.Releasing, Fault = fault }
            : this with { Phase = CutPhase.Sealed, Seals = receipts };
    }

    /// <summary>Gives the cut up. One that has ended has ended.</summary>
    public CutProgress GiveUp() => HasEnded ? this : this with { Phase = CutPhase.Releasing };

    /// <summary>Every shard has let go of it, or the swap of a new generation has ended it there. Changes nothing unless it was given up.</summary>
    public CutProgress EndRelease() => Phase == CutPhase.Releasing ? this with { Phase = CutPhase.Released } : this;

    private string? FaultOf(ImmutableArray<SealReceipt> receipts)
    {
        HashSet<ShardId> sealing = new(receipts.Length);
        foreach (SealReceipt receipt in receipts)
        {
            if (receipt.Spoiled is { } cause)
            {
                return $"shard '{receipt.Shard}' could not keep its state at the cut: {cause}";
            }

            if (Map.Places.TryGetValue(receipt.Shard, out ShardPlace? place) && place.Incarnation == receipt.Incarnation)
            {
                sealing.Add(receipt.Shard);
            }
        }

        return sealing.Count == Map.Shards.Length
            ? null
            : "a shard was sealed by another activation than the one it was routed to";
    }
}
