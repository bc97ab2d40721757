using System.Collections.Immutable;
using System.Net;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Grains.Coordination.Cuts;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Tests.Coordination.Cuts;

public sealed class CutProgressTests
{
    private static readonly SiloAddress Silo = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1);
    private static readonly ShardMap Map = ShardMap.Of(
        from index in Enumerable.Range(0, 2)
        select KeyValuePair.Create(new ShardId("m", "v", index), new ShardPlace(Guid.NewGuid(), Silo, new Uri("http://127.0.0.1"))));

    private static readonly (string Name, Func<CutProgress, CutProgress> Do)[] Events =
    [
        ("begin sealing", cut => cut.BeginSealing()),
        ("all sealed", cut => cut.EndSealing(Receipts(null, false))),
        ("one spoiled", cut => cut.EndSealing(Receipts("no pages", false))),
        ("one of another activation", cut => cut.EndSealing(Receipts(null, true))),
        ("one missing", cut => cut.EndSealing([Receipts(null, false)[0]])),
        ("one twice", cut => cut.EndSealing([Receipts(null, false)[0], Receipts(null, false)[0]])),
        ("give up", cut => cut.GiveUp()),
        ("all released", cut => cut.EndRelease()),
    ];

    /// <summary>Every sequence of six events: a cut only moves forward, has ended only by a seal or a release of all, and is sealed only if every shard froze
    /// its state.</summary>
    [Fact]
    public void AnyOrderOfEvents_EndsACutOnlyByAllShards_AndNeverTwice()
    {
        CutProgress open = CutProgress.Open(Guid.NewGuid(), new SaveStamp(1, 1, 1), Map);
        int sealings = 0;
        foreach (int[] story in Stories(6))
        {
            CutProgress cut = open;
            string told = "";
            foreach (int number in story)
            {
                CutProgress before = cut;
                cut = Events[number].Do(cut);
                told += Events[number].Name + ", ";

                Assert.True(cut.Phase >= before.Phase, told);
                Assert.True(!before.HasEnded || cut == before, $"{told}a cut that has ended changed");
                Assert.True(cut.Phase != CutPhase.Sealed || before.HasEnded || (before.Phase == CutPhase.Sealing && Events[number].Name == "all sealed"), told);
                Assert.True(cut.Phase != CutPhase.Released || before.HasEnded || Events[number].Name == "all released", told);
                Assert.True(cut.Phase == CutPhase.Sealed == !cut.Seals.IsEmpty, told);
            }

            sealings += cut.Phase == CutPhase.Sealed ? 1 : 0;
        }

        Assert.True(sealings > 1000, $"only {sealings} stories ended in a seal");
    }

    [Fact]
    public void EndSealing_OfASpoiledShard_IsToBeReleased_AndSaysWhy()
    {
        CutProgress cut = CutProgress.Open(Guid.NewGuid(), new SaveStamp(1, 1, 1), Map).BeginSealing().EndSealing(Receipts("The page pool ran out.", false));

        Assert.Equal(CutPhase.Releasing, cut.Phase);
        Assert.Equal("shard 'm/1/v' could not keep its state at the cut: The page pool ran out.", cut.Fault);
    }

    private static ImmutableArray<SealReceipt> Receipts(string? spoiled, bool isStranger) =>
    [
        Receipt(0, null, false),
        Receipt(1, spoiled, isStranger),
    ];

    private static SealReceipt Receipt(int shard, string? spoiled, bool isStranger) =>
        new(Map.Shards[shard], isStranger ? Guid.NewGuid() : Map[Map.Shards[shard]].Incarnation, true, true, null, 0, spoiled);

    private static IEnumerable<int[]> Stories(int length) => length == 0
        ? [[]]
        : from story in Stories(length - 1) from number in Enumerable.Range(0, Events.Length) select (int[])[.. story, number];
}
