using System.Collections.Frozen;
using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Format.Bundles;
using Cairn.Format.Sidecars;
using Cairn.Grains.Coordination.Cuts;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>How far a frozen snapshot has come on its way into the store, and the only rules by which that changes. Pure: no clock, no store, no call.</summary>
/// <param name="Cut">The cut, sealed.</param>
/// <param name="Plan">What is saved.</param>
/// <param name="Sessions">How far each session had come at the cut.</param>
/// <param name="Tears">The steps that were accepted in part, those after the cut too.</param>
/// <param name="Phase"><see cref="OperationPhase.Moving"/>, then <see cref="OperationPhase.Committing"/>.</param>
/// <param name="Files">The receipts of data files, by their index.</param>
internal sealed record SnapshotProgress(
    CutProgress Cut,
    SavePlan Plan,
    ImmutableArray<SidecarSession> Sessions,
    ImmutableArray<AbandonedStep> Tears,
    OperationPhase Phase,
    ImmutableDictionary<int, DataFileReceipt> Files)
{
    /// <summary>What each shard froze.</summary>
    public FrozenDictionary<ShardId, SealReceipt> Seals { get; } = Cut.Seals.ToFrozenDictionary(seal => seal.Shard);

    /// <summary>A snapshot that every shard has frozen.</summary>
    public static SnapshotProgress Begin(
        CutProgress cut, SavePlan plan, ImmutableArray<SidecarSession> sessions, ImmutableArray<AbandonedStep> tears) =>
        new(cut, plan, sessions, tears, OperationPhase.Moving, ImmutableDictionary<int, DataFileReceipt>.Empty);

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
