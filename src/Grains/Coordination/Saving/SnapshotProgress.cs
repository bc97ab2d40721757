using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Format.Bundles;
using Cairn.Format.Sidecars;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>How far a save has come, and the only rules by which that changes. Pure: no clock, no store, no call.</summary>
/// <param name="Plan">What is saved.</param>
/// <param name="Phase">From <see cref="OperationPhase.Sealing"/> to <see cref="OperationPhase.Committing"/>; it only moves forward.</param>
/// <param name="Seals">The shards that froze their state.</param>
/// <param name="Files">The receipts of data files, by their index.</param>
internal sealed record SnapshotProgress(
    SavePlan Plan, OperationPhase Phase, ImmutableDictionary<ShardId, SealReceipt> Seals, ImmutableDictionary<int, DataFileReceipt> Files)
{
    /// <summary>How far each session had come at the cut.</summary>
    public ImmutableArray<SidecarSession> Sessions { get; private init; } = [];

    /// <summary>A save whose steps have drained.</summary>
    public static SnapshotProgress Begin(SavePlan plan, ImmutableArray<SidecarSession> sessions) =>
        new(plan, OperationPhase.Sealing, ImmutableDictionary<ShardId, SealReceipt>.Empty, ImmutableDictionary<int, DataFileReceipt>.Empty)
        {
            Sessions = sessions,
        };

    /// <summary>Takes in shards' words. A repeat, or one of another activation than the plan's, changes nothing.</summary>
    public SnapshotProgress Accept(params ImmutableArray<SealReceipt> receipts)
    {
        if (Phase != OperationPhase.Sealing)
        {
            return this;
        }

        ImmutableDictionary<ShardId, SealReceipt>.Builder seals = Seals.ToBuilder();
        foreach (SealReceipt receipt in receipts)
        {
            if (Plan.Incarnations.TryGetValue(receipt.Shard, out Guid incarnation) && incarnation == receipt.Incarnation)
            {
                seals.TryAdd(receipt.Shard, receipt);
            }
        }

        return this with { Seals = seals.ToImmutable() };
    }

    /// <summary>All shards are frozen: bytes may move. Changes nothing before that.</summary>
    public SnapshotProgress EndSealing() =>
        Phase == OperationPhase.Sealing && Seals.Count == Plan.Shards.Length ? this with { Phase = OperationPhase.Moving } : this;

    /// <summary>Takes in a data file. A repeat, or a receipt that does not fit the plan, changes nothing; the last one begins the commit.</summary>
    public SnapshotProgress Accept(int fileIndex, DataFileReceipt receipt)
    {
        bool isPlanned = fileIndex >= 0 && fileIndex < Plan.Files.Length && receipt.Tensors.Length == Plan.Files[fileIndex].Slices.Length;
        if (Phase != OperationPhase.Moving || !isPlanned || Files.ContainsKey(fileIndex))
        {
            return this;
        }

        ImmutableDictionary<int, DataFileReceipt> files = Files.Add(fileIndex, receipt);
        return this with { Files = files, Phase = files.Count == Plan.Files.Length ? OperationPhase.Committing : OperationPhase.Moving };
    }

    /// <summary>The names of the tensors that are to be saved and hold no value yet.</summary>
    public IReadOnlyList<string> Uninitialised() =>
    [
        .. Plan.Files.SelectMany(file => file.Slices)
            .Where(slice => Seals.TryGetValue(slice.Shard, out SealReceipt? seal) && !Holds(seal, slice.Tensor.Part))
            .Select(slice => slice.Tensor.LiveName).Distinct().Order(Utf8Order.Instance),
    ];

    private static bool Holds(SealReceipt seal, TensorPart part) => part == TensorPart.Shadow ? seal.ShadowInitialised : seal.ValueInitialised;
}
