using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Grains.Variables;
using Cairn.Grains.Variables.Shards;
using Microsoft.Extensions.Options;

namespace Cairn.Grains.Tests.Variables.Shards;

/// <summary>A shard whose cut is open: two versions, and what happens when the pages do not suffice for both (R3, R9, R10).</summary>
public sealed class CutVersionTests
{
    private const int Page = 1 << 18; // Elements of one page.

    private readonly Guid _snapshot = Guid.NewGuid();

    [Fact]
    public void Update_StampedBeforeTheCut_RunsOnBothVersions_EachOnItsOwnValue()
    {
        LoneShard shard = Initialised(Silo(64));
        shard.Apply(UpdateKind.Assign, 10, cut: 1, step: 2);

        shard.Apply(UpdateKind.AssignAdd, 5, cut: 0, step: 2);

        Assert.Equal((15, 6), (shard.Read(), shard.Read(cut: 0)));
        Assert.Null(shard.Seal(_snapshot, 1).Spoiled);
        Assert.Equal(6, shard.Frozen(_snapshot));
    }

    [Fact]
    public void Read_StampedBeforeTheCut_SeesTheStepsBeforeIt_AndSpoilsNothing()
    {
        LoneShard shard = Initialised(Silo(64));
        shard.Apply(UpdateKind.Assign, 10, cut: 1, step: 2);

        Assert.Equal((1, 10, 10), (shard.Read(cut: 0), shard.Read(cut: 1), shard.Read()));

        Assert.Null(shard.Seal(_snapshot, 1).Spoiled);
    }

    [Fact]
    public void Read_OfWhatWasInitialisedAfterTheCut_SpoilsIt_AndIsAnswered()
    {
        var shard = new LoneShard(Silo(64), Page);
        shard.Apply(UpdateKind.Initialise, 10, cut: 1);

        Assert.Equal(10, shard.Read(cut: 0));

        SealReceipt receipt = shard.Seal(_snapshot, 1);
        Assert.Contains("initialised after it", receipt.Spoiled, StringComparison.Ordinal);
        Assert.False(receipt.IsOutOfPages);
    }

    [Fact]
    public void Update_OfWhatWasInitialisedAfterTheCut_SpoilsIt_AndIsApplied()
    {
        var shard = new LoneShard(Silo(64), Page);
        shard.Apply(UpdateKind.Initialise, 10, cut: 1);

        Assert.True(shard.Apply(UpdateKind.AssignAdd, 1, cut: 0, step: 2));

        Assert.Equal(11, shard.Read());
        Assert.NotNull(shard.Seal(_snapshot, 1).Spoiled);
    }

    [Fact]
    public void Update_WhenTheVersionBeingCutHasThePages_GoesThrough_AndTheCutIsSpoiled()
    {
        LoneShard shard = Initialised(Silo(2)); // One page, and one for a body.
        shard.Apply(UpdateKind.AssignAdd, 1, cut: 1, step: 2); // Its copy has no page: the version being cut goes.

        Assert.True(shard.Apply(UpdateKind.AssignAdd, 1, cut: 0, step: 2));

        Assert.Equal((3, 3), (shard.Read(), shard.Read(cut: 0)));
        SealReceipt receipt = shard.Seal(_snapshot, 1);
        Assert.Contains(nameof(VariablesOptions.PageBytesMax), receipt.Spoiled, StringComparison.Ordinal);
        Assert.True(receipt.IsOutOfPages);
        Assert.Equal(receipt, shard.Seal(_snapshot, 1));
        Assert.Null(shard.Frozen(_snapshot));
    }

    [Fact]
    public void Update_WhenTheVersionBeingCutOfAnotherShardHasThePages_GoesThrough_AndThatCutIsSpoiled()
    {
        SiloShards silo = Silo(4);
        LoneShard other = Initialised(silo);
        other.Apply(UpdateKind.Assign, 10, cut: 1, step: 2); // Two pages.
        LoneShard shard = Initialised(silo, index: 1); // A third; with a body the pool is full.

        var snapshot = Guid.NewGuid();
        shard.Seal(snapshot, 1);
        shard.Apply(UpdateKind.AssignAdd, 1, cut: 1, step: 2);

        Assert.Equal((2, 10), (shard.Read(), other.Read()));
        Assert.True(other.Seal(_snapshot, 1).IsOutOfPages);
    }

    [Fact]
    public void Release_OfACutThatWasNotSealed_LetsItsStepsGoOn()
    {
        SiloShards silo = Silo(64);
        LoneShard shard = Initialised(silo);
        shard.Apply(UpdateKind.Assign, 10, cut: 1, step: 2);
        long pages = silo.Pool.UsedPages;

        shard.Release(_snapshot, 1);

        Assert.Equal(pages - 1, silo.Pool.UsedPages);
        Assert.True(shard.Apply(UpdateKind.AssignAdd, 1, cut: 0, step: 2));
        Assert.Equal(11, shard.Read());
        Assert.Equal(CheckpointError.Aborted, Assert.Throws<CheckpointException>(() => shard.Seal(_snapshot, 1)).Error);
    }

    [Fact]
    public void Update_StampedWithALaterCutThanTheOneThatIsOpen_IsToTryAgain()
    {
        LoneShard shard = Initialised(Silo(64));
        shard.Apply(UpdateKind.Assign, 10, cut: 1, step: 2);

        Assert.Equal(CheckpointError.TryAgain, Assert.Throws<CheckpointException>(() => shard.Apply(UpdateKind.Assign, 20, cut: 2, step: 3)).Error);
        Assert.Equal(CheckpointError.Aborted, Assert.Throws<CheckpointException>(() => shard.Seal(_snapshot, 2)).Error);
    }

    [Fact]
    public void Seal_ThatKeepsNothing_EndsTheCut()
    {
        SiloShards silo = Silo(64);
        LoneShard shard = Initialised(silo);
        shard.Apply(UpdateKind.AssignAdd, 1, cut: 1, step: 2);

        shard.Seal(_snapshot, 1, keep: false);

        Assert.Equal(1, silo.Pool.UsedPages);
        Assert.True(shard.Apply(UpdateKind.AssignAdd, 1, cut: 1, step: 3));
        Assert.Equal(CheckpointError.StaleStep, Assert.Throws<CheckpointException>(() => shard.Apply(UpdateKind.AssignAdd, 1, cut: 0, step: 4)).Error);
    }

    /// <summary>Threads instead of turns: each shard has its own, the silo's pages are common and too few, and cuts are given up all the time.</summary>
    [Fact]
    public async Task Shards_SideBySideWithTooFewPages_StayExact_AndLoseNoPage()
    {
        SiloShards silo = Silo(7);
        const int shards = 3;
        int spoiled = 0;
        int frozen = 0;
        await Task.WhenAll(Enumerable.Range(0, shards).Select(index => Task.Run(() =>
        {
            LoneShard shard = Initialised(silo, index);
            float live = 1;
            float atCut = 1;
            long step = 2;
            for (long cut = 1; cut <= 300; cut++)
            {
                live += Add(shard, cut, step++);
                float late = Add(shard, cut - 1, step++);
                (live, atCut) = (live + late, atCut + late);
                var snapshot = Guid.NewGuid();
                SealReceipt receipt = shard.Seal(snapshot, cut);
                Interlocked.Increment(ref receipt.Spoiled is null ? ref frozen : ref spoiled);
                Assert.True(receipt.Spoiled is null || receipt.IsOutOfPages, receipt.Spoiled);
                if (receipt.Spoiled is null && shard.Frozen(snapshot) is { } first)
                {
                    Assert.Equal(atCut, first);
                }

                shard.Release(snapshot, cut);
                Assert.Equal(live, shard.Read());
                atCut = live;
            }

            shard.Shard.FreePages();
        })));

        Assert.Equal((0L, 0L), (silo.Pool.UsedBytes, silo.Pool.UsedPages));
        Assert.True(frozen > 0 && spoiled > 0, $"{frozen} were frozen, {spoiled} spoiled: no contention.");
    }

    /// <summary>What was added: 1, or 0 when the pages are used up for the moment.</summary>
    private static float Add(LoneShard shard, long cut, long step)
    {
        try
        {
            shard.Apply(UpdateKind.AssignAdd, 1, cut, step);
            return 1;
        }
        catch (CheckpointException refusal) when (refusal.Error is CheckpointError.TryAgain or CheckpointError.LimitExceeded)
        {
            return 0;
        }
    }

    private static LoneShard Initialised(SiloShards silo, int index = 0)
    {
        var shard = new LoneShard(silo, Page, index);
        shard.Apply(UpdateKind.Initialise, 1, cut: 0);
        return shard;
    }

    private static SiloShards Silo(int pages) => new(Options.Create(new VariablesOptions { PageBytesMax = (long)pages << 20 }), TimeProvider.System);
}
