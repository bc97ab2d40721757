using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Tests.Records;

public sealed class AcceptedTearTests
{
    private static readonly CoordinatorRecord Trained = CoordinatorRecord.Create("ranker", "cluster") with { Generation = 3, Epoch = 2 };

    [Fact]
    public void Accept_OfARepeat_ChangesNothing()
    {
        AcceptedTear tear = Tear(5, new SaveStamp(3, 2, 1));
        CoordinatorRecord once = AcceptedTear.Accept(Trained, tear);

        Assert.Equal([tear], once.Tears);
        Assert.Same(once, AcceptedTear.Accept(once, tear with { Stamp = new SaveStamp(3, 9, 9) }));
    }

    [Fact]
    public void Accept_OfTooMany_IsRefused()
    {
        CoordinatorRecord full = Trained with { Tears = [.. Enumerable.Range(0, AcceptedTear.CountMax).Select(i => Tear(i, new SaveStamp(3, 2, 1)))] };

        Assert.Equal(
            CheckpointError.LimitExceeded,
            Assert.Throws<CheckpointException>(() => AcceptedTear.Accept(full, Tear(AcceptedTear.CountMax, new SaveStamp(3, 2, 1)))).Error);
    }

    [Theory]
    [InlineData(2, 9, 9, true)]
    [InlineData(3, 1, 9, true)]
    [InlineData(3, 2, 3, true)]
    [InlineData(3, 2, 4, false)]
    [InlineData(3, 3, 0, false)]
    public void Before_ACut_AreTheStepsThatWereStampedBeforeIt(long generation, long epoch, long cut, bool isIn) =>
        Assert.Equal(isIn, AcceptedTear.Before([Tear(1, new SaveStamp(generation, epoch, cut))], new SaveStamp(3, 2, 4)).Length == 1);

    [Fact]
    public void BeginGeneration_HasTheTearsOfWhatIsLoaded_AndNoOthers()
    {
        AcceptedTear before = Tear(1, new SaveStamp(3, 2, 1));
        AcceptedTear after = Tear(2, new SaveStamp(3, 2, 2));
        AcceptedTear subset = Tear(3, new SaveStamp(1, 1, 1));
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

    private static AcceptedTear Tear(long step, SaveStamp stamp) => new("worker", Guid.Parse("11111111-0000-0000-0000-000000000000"), step, stamp);
}
