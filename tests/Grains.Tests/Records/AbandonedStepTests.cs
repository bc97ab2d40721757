using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Tests.Records;

public sealed class AbandonedStepTests
{
    private static readonly CoordinatorRecord Trained = CoordinatorRecord.Create("ranker", "cluster") with { Generation = 3, Epoch = 2 };

    [Fact]
    public void Accept_OfAStepThatWasBeingGivenUp_DecidesIt_AndARepeatChangesNothing()
    {
        AbandonedStep tear = Tear(5, new SaveStamp(3, 2, 1));
        CoordinatorRecord begun = TearRules.Begin(Trained, tear);
        CoordinatorRecord once = TearRules.Accept(begun, tear);

        Assert.Equal([tear], begun.Endings);
        Assert.Equal([tear], once.Tears);
        Assert.Empty(once.Endings);
        Assert.Same(once, TearRules.Accept(once, tear with { Stamp = new SaveStamp(3, 9, 9) }));
        Assert.Same(begun, TearRules.Begin(begun, tear));
        Assert.Empty(TearRules.Drop(begun, tear).Endings);
    }

    [Fact]
    public void Accept_OfTooMany_MayNotBe_ButOfOneThatWasAccepted()
    {
        CoordinatorRecord full = Trained with { Tears = [.. Enumerable.Range(0, AbandonedStep.CountMax).Select(i => Tear(i, new SaveStamp(3, 2, 1)))] };

        Assert.False(TearRules.MayAccept(full, Tear(AbandonedStep.CountMax, new SaveStamp(3, 2, 1))));
        Assert.True(TearRules.MayAccept(full, Tear(3, new SaveStamp(3, 2, 1))));
    }

    [Fact]
    public void BeginGeneration_AndHold_LeaveNothingUndecided()
    {
        CoordinatorRecord begun = TearRules.Begin(Trained, Tear(5, new SaveStamp(3, 2, 1)));

        Assert.Empty(begun.BeginGeneration(null).Endings);
        Assert.Empty(begun.Hold("a silo is gone").Endings);
        Assert.Equal(("a silo is gone", 4L), (begun.Hold("a silo is gone").Held, begun.Hold("a silo is gone").Generation));
        Assert.Null(begun.Hold("a silo is gone").BeginGeneration(null).Held);
    }

    [Theory]
    [InlineData(2, 9, 9, true)]
    [InlineData(3, 1, 9, true)]
    [InlineData(3, 2, 3, true)]
    [InlineData(3, 2, 4, false)]
    [InlineData(3, 3, 0, false)]
    public void Before_ACut_AreTheStepsThatWereStampedBeforeIt(long generation, long epoch, long cut, bool isIn) =>
        Assert.Equal(isIn, TearRules.Before([Tear(1, new SaveStamp(generation, epoch, cut))], new SaveStamp(3, 2, 4)).Length == 1);

    [Fact]
    public void BeginGeneration_HasTheTearsOfWhatIsLoaded_AndNoOthers()
    {
        AbandonedStep before = Tear(1, new SaveStamp(3, 2, 1));
        AbandonedStep after = Tear(2, new SaveStamp(3, 2, 2));
        AbandonedStep subset = Tear(3, new SaveStamp(1, 1, 1));
        CoordinatorRecord trained = Trained with { Tears = [before, after] };
        RestorePlanStep whole = new("m/c", "ab", [], new SaveStamp(3, 2, 2), [before]);
        RestorePlanStep part = new("m/d", "cd", [], null, [subset]);

        CoordinatorRecord rolledBack = trained.BeginGeneration(new RestorePlan(whole, []));
        CoordinatorRecord overlaid = rolledBack.BeginGenerationBySubset(part);

        Assert.Equal([before], rolledBack.Tears);
        Assert.Equal([before, subset], overlaid.Tears);
        Assert.Equal([before, subset], overlaid.BeginGeneration(overlaid.Base).Tears);
        Assert.Empty(trained.BeginGeneration(null).Tears);
    }

    private static AbandonedStep Tear(long step, SaveStamp stamp) => new("worker", Guid.Parse("11111111-0000-0000-0000-000000000000"), step, stamp);
}
