using System.Collections.Immutable;
using System.Net;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Format.Bundles;
using Cairn.Grains.Coordination.Cuts;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Routing;
using Cairn.Grains.Coordination.Saving;

namespace Cairn.Grains.Tests.Coordination.Saving;

public sealed class SnapshotProgressTests
{
    private static readonly ModelDefinition Model = new(
        "m", [TestJob.Float("a", [2]), TestJob.Float("b", [6, 2], shards: 3, decay: 0.9f), TestJob.Float("c", [1])]);
    private static readonly SiloAddress[] Silos = [.. Enumerable.Range(1, 3).Select(port => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, port), 1))];

    [Fact]
    public void Plan_HasOneFileForEachSilo_KeysAscending_SlicesInRowOrder()
    {
        SavePlan plan = Plan(TensorSelection.All(Model), shard => shard.Variable == "b" && shard.Index == 1 ? 1 : 0);

        Assert.Equal([Silos[0], Silos[1]], plan.Files.Select(file => file.Silo));
        Assert.Equal(
            ["a:0", "b:0", "b:2", "b/ExponentialMovingAverage:0", "b/ExponentialMovingAverage:2", "c:0"],
            plan.Files[0].Slices.Select(slice => $"{slice.Tensor.Key}:{slice.Shard.Index}"));
        Assert.Equal(["b:1", "b/ExponentialMovingAverage:1"], plan.Files[1].Slices.Select(slice => $"{slice.Tensor.Key}:{slice.Shard.Index}"));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void AnyOrderOfReceipts_WithRepeatsAndStrays_CommitsOnce(int seed)
    {
        Random random = new(seed);
        SavePlan plan = Plan(TensorSelection.All(Model), _ => random.Next(3));
        SnapshotProgress progress = Snapshot(plan, Seal);

        int[] files = [.. Enumerable.Range(0, plan.Files.Length).Concat(Enumerable.Range(-1, plan.Files.Length + 2)).OrderBy(_ => random.Next())];
        foreach (int file in files)
        {
            progress = progress.Accept(file, file >= 0 && file < plan.Files.Length ? Receipt(plan.Files[file]) : new DataFileReceipt("x", 0, []));
        }

        Assert.True(progress.Phase == OperationPhase.Committing && progress.Files.Count == plan.Files.Length, $"seed {seed}");
        BundleIndex index = BundleIndex.Parse(IndexAssembly.Build(progress), "m.index");
        Assert.Equal(["a", "b", "b/ExponentialMovingAverage", "c"], index.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(3, index.Get("b").Parts.Length);
        Assert.Equal(plan.Files.Length, index.ShardCount);
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    [Fact]
    public void Uninitialised_NamesTheTensorsThatAreSavedWithoutAValue()
    {
        SavePlan plan = Plan(TensorSelection.ForSave(Model, [new("k", "b", TensorPart.Shadow), new("a", "a", TensorPart.Value)]), _ => 0);

        SnapshotProgress progress = Snapshot(plan, (shard, incarnation) => Seal(shard, incarnation) with { ShadowInitialised = false });

        Assert.Equal(["b/ExponentialMovingAverage"], progress.Uninitialised());
    }

    private static SavePlan Plan(ImmutableArray<SelectedTensor> tensors, Func<ShardId, int> siloOf) => SavePlan.Make(
        "m", tensors, ShardMap.Of(
            ShardMap.ShardsOf(Model).ToImmutableDictionary(
                shard => shard.Shard, shard => new ShardPlace(Guid.NewGuid(), Silos[siloOf(shard.Shard)], new Uri("http://127.0.0.1")))));

    private static SnapshotProgress Snapshot(SavePlan plan, Func<ShardId, Guid, SealReceipt> seal)
    {
        ShardMap map = ShardMap.Of(plan.Incarnations.Select(
            shard => KeyValuePair.Create(shard.Key, new ShardPlace(shard.Value, Silos[0], new Uri("http://127.0.0.1")))));
        CutProgress cut = CutProgress.Open(Guid.NewGuid(), new SaveStamp(1, 1, 1), map).BeginSealing();
        return SnapshotProgress.Begin(cut.EndSealing([.. plan.Incarnations.Select(shard => seal(shard.Key, shard.Value))]), plan, [], []);
    }

    private static SealReceipt Seal(ShardId shard, Guid incarnation) => new(shard, incarnation, true, true, null, 0);

    private static DataFileReceipt Receipt(PlannedFile file)
    {
        long offset = 0;
        return new DataFileReceipt(
            "etag",
            file.LengthBytes,
            [.. file.Slices.Select(slice => new TensorPlace((offset += slice.LengthBytes) - slice.LengthBytes, slice.LengthBytes, 1))]);
    }
}
