using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Tests.Records;

public sealed class CoordinatorRecordTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CoordinatorRecord Trained =>
        CoordinatorRecord.Create("ranker", "cluster").Enter("cluster", takeOver: false).Define(new DefinitionAddress("d", "ab"));

    [Fact]
    public void Enter_OfAnotherCluster_IsRefused_UntilItTakesOver_WhichRaisesEpochAndGeneration()
    {
        CoordinatorRecord record = Trained;

        CheckpointException refused = Assert.Throws<CheckpointException>(() => record.Enter("other", takeOver: false));
        CoordinatorRecord taken = record.Enter("other", takeOver: true);

        Assert.Equal(CheckpointError.Superseded, refused.Error);
        Assert.Contains("'cluster'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(("other", record.Epoch + 1, record.Generation + 1), (taken.Cluster, taken.Epoch, taken.Generation));
    }

    [Fact]
    public void Define_OfANamesakeAfterDelete_StartsAboveTheTombstone()
    {
        CoordinatorRecord record = Trained.BeginGeneration(null);

        CoordinatorRecord again = record.Delete().Define(new DefinitionAddress("e", "cd"));

        Assert.True(record.Delete().IsDeleted);
        Assert.False(again.IsDeleted);
        Assert.True(again.Generation > record.Generation);
    }

    [Fact]
    public void IsAbandoned_WhatWasSavedAfterThePointGoneBackTo_AndNothingElse()
    {
        // Generation 1 saves at cuts 1 to 5 of epoch 1; back to cut 3, as generation 2; that saves at cuts 6 to 8; back to its cut 7, as generation 3.
        CoordinatorRecord third = Trained.BeginGeneration(Plan(1, 1, 3)).BeginGeneration(Plan(2, 1, 7));

        Assert.Equal(3, third.Generation);
        Assert.False(third.IsAbandoned(new SaveStamp(1, 1, 3)));
        Assert.True(third.IsAbandoned(new SaveStamp(1, 1, 4)));
        Assert.True(third.IsAbandoned(new SaveStamp(1, 2, 1)));
        Assert.False(third.IsAbandoned(new SaveStamp(2, 1, 7)));
        Assert.True(third.IsAbandoned(new SaveStamp(2, 1, 8)));
        Assert.False(third.IsAbandoned(new SaveStamp(3, 1, 9)));
        Assert.False(third.IsAbandoned(new SaveStamp(0, 1, 1)));
    }

    [Fact]
    public void IsAbandoned_AfterGoingToAnAbandonedBranch_CallsNothingAbandonedThatIsNotKnownToBe()
    {
        // From generation 2, which came from cut 3, over to cut 5 of generation 1: whether cut 4 is an ancestor is known (it is), whether generation 2 is, too
        // (it is not).
        CoordinatorRecord third = Trained.BeginGeneration(Plan(1, 1, 3)).BeginGeneration(Plan(1, 1, 5));

        Assert.False(third.IsAbandoned(new SaveStamp(1, 1, 4)));
        Assert.True(third.IsAbandoned(new SaveStamp(2, 1, 6)));
    }

    [Fact]
    public void IsAbandoned_AfterARestoreOfSomeTensors_OrOfAForeignCheckpoint_NothingIs()
    {
        Assert.False(Trained.BeginGenerationBySubset(new RestorePlanStep("x", "ab", [], null, [])).IsAbandoned(new SaveStamp(1, 5, 5)));
        Assert.False(Trained.BeginGeneration(new RestorePlan(new RestorePlanStep("x", "ab", [], null, []), [])).IsAbandoned(new SaveStamp(1, 5, 5)));
    }

    [Fact]
    public void WithOutcome_ForgetsWhatIsOlderThanAnHour_AndKeepsTheNewestOfARequest()
    {
        Guid request = Guid.NewGuid();
        RequestOutcome Outcome(Guid id, int minutes, string message) => new(id, RequestKind.Save, "m/c", 1, null, message, Now.AddMinutes(minutes));

        CoordinatorRecord record = Trained
            .WithOutcome(Outcome(Guid.NewGuid(), 0, "old"))
            .WithOutcome(Outcome(request, 30, "first"))
            .WithOutcome(Outcome(request, 61, "second"));

        Assert.Equal("second", record.FindOutcome(request)!.Message);
        Assert.Single(record.Requests);
    }

    [Fact]
    public void WithOutcome_OfALongMessage_IsCut_AndPrunedForgetsWhatIsOlderThanAnHour()
    {
        CoordinatorRecord record = Trained.WithOutcome(
            new RequestOutcome(Guid.NewGuid(), RequestKind.Save, "m/c", 1, CheckpointError.Aborted, new string('x', 100_000), Now));

        Assert.Equal(RequestOutcome.MessageLengthMax, record.Requests[0].Message!.Length);
        Assert.Single(record.Pruned(Now.AddMinutes(59)).Requests);
        Assert.Empty(record.Pruned(Now.AddMinutes(61)).Requests);
    }

    [Fact]
    public void BeginGenerationBySubset_KeepsOnlyWhatNoLaterRestoreBrings()
    {
        CoordinatorRecord record = Trained.BeginGeneration(Plan(1, 1, 3))
            .BeginGenerationBySubset(Subset("a", "x", "y"))
            .BeginGenerationBySubset(Subset("b", "x"))
            .BeginGenerationBySubset(Subset("c", "y", "z"));

        Assert.Equal(["b", "c"], record.Base!.Subsets.Select(step => step.Prefix));
    }

    [Fact]
    public void BeginGenerationBySubset_OverTooManyOthers_IsRefused_WithTheRemedy()
    {
        CoordinatorRecord record = Trained.BeginGeneration(Plan(1, 1, 3));
        for (int i = 0; i < RestorePlan.SubsetsMax; i++)
        {
            record = record.BeginGenerationBySubset(Subset($"p{i}", $"v{i}"));
        }

        CheckpointException refused = Assert.Throws<CheckpointException>(() => record.BeginGenerationBySubset(Subset("one more", "w")));

        Assert.Equal(CheckpointError.LimitExceeded, refused.Error);
        Assert.Contains("save everything", refused.Message, StringComparison.Ordinal);
        Assert.Equal(RestorePlan.SubsetsMax, record.BeginGenerationBySubset(Subset("again", "v7")).Base!.Subsets.Length);
    }

    [Fact]
    public void WithBase_DropsTheEvictionOfIts_AndKeepsWhatIsLeftOfAnAbortedAttempt()
    {
        Deletion eviction = new("m/c", new BlobETag("1"), [], Now);
        Deletion sweep = new("m/c", null, [new("_cairn/staging/x", null)], Now);
        Deletion other = new("m/d", new BlobETag("2"), [], Now);

        CoordinatorRecord record = (Trained with { Deletions = [eviction, sweep, other] }).BeginGeneration(Plan(1, 1, 3));

        Assert.Equal([sweep, other], record.Deletions);
    }

    [Fact]
    public void WithOutcome_OfAFlood_KeepsABoundedNumber()
    {
        CoordinatorRecord record = Trained;
        for (int i = 0; i < CoordinatorRecord.RequestsMax + 10; i++)
        {
            record = record.WithOutcome(new RequestOutcome(Guid.NewGuid(), RequestKind.Save, "m/c", 1, null, null, Now));
        }

        Assert.Equal(CoordinatorRecord.RequestsMax, record.Requests.Length);
    }

    [Theory]
    [InlineData("ranker")]
    [InlineData("a.b-c_D9")]
    public void ModelName_OfLettersDigitsAndThree_IsTaken(string name) => ModelName.Check(name);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("-a")]
    [InlineData("a\n")]
    [InlineData("ä")]
    public void ModelName_OfAnythingElse_IsRefused(string name) =>
        Assert.Equal(CheckpointError.InvalidArgument, Assert.Throws<CheckpointException>(() => ModelName.Check(name)).Error);

    private static RestorePlanStep Subset(string prefix, params string[] variables) =>
        new(prefix, "ab", [.. variables.Select(name => new TensorBinding(name, name, TensorPart.Value))], null, []);

    private static RestorePlan Plan(long generation, long epoch, long cut) =>
        new(new RestorePlanStep("m/c", "ab", [], new SaveStamp(generation, epoch, cut), []), []);
}
