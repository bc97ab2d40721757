using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Tests.Commits;

public sealed class CommitRulesTests
{
    private static readonly CommitStep[] Ends = [CommitStep.Resolve, CommitStep.Refuse, CommitStep.Break];

    [Fact]
    public void Begin_WhileTooManyDeletionsWait_IsRefused_AndSaysWhere()
    {
        Deletion[] waiting = [.. Enumerable.Range(0, CommitRules.DeletionsMax).Select(i => new Deletion($"m/c-{i}", null, [], DateTimeOffset.UnixEpoch))];
        CoordinatorRecord full = CoordinatorRecord.Create("ranker", "cluster") with { Deletions = [.. waiting] };
        CoordinatorRecord Begin(CoordinatorRecord record) =>
            CommitRules.Begin(record, new Save("m/d", "one").ToIntent(record), new PrefixFiles(null, []), null, DateTimeOffset.UnixEpoch);

        CheckpointException refused = Assert.Throws<CheckpointException>(() => Begin(full));

        Assert.Equal(CheckpointError.LimitExceeded, refused.Error);
        Assert.Contains("'m/c-0'", refused.Message, StringComparison.Ordinal);
        Assert.NotNull(Begin(full with { Deletions = full.Deletions.RemoveAt(0) }).Attempt);
    }

    [Fact]
    public void Break_OfAPrefixThatASaverLists_TakesItFromTheList()
    {
        CoordinatorRecord listing = CoordinatorRecord.Create("ranker", "cluster") with
        {
            Savers = [new SaverHistory("m/", "checkpoint", 0, [new KeptCheckpoint("m/c", 1), new KeptCheckpoint("m/d", 2)], [])],
        };
        SaveIntent intent = new Save("m/c", "two", IsNumbered: false).ToIntent(listing);
        CoordinatorRecord begun = CommitRules.Begin(listing, intent, new PrefixFiles(new BlobETag("old"), []), null, DateTimeOffset.UnixEpoch);

        CoordinatorRecord broken = CommitRules.Break(begun, begun.Attempt!, "a file is gone", DateTimeOffset.UnixEpoch);

        Assert.Equal(AttemptKind.Replace, begun.Attempt!.Kind);
        Assert.Equal("m/d", Assert.Single(Assert.Single(broken.Savers).Last).Prefix);
    }

    [Theory]
    [InlineData("Plain", "LookAtIndex VerifyFiles PlaceIndex PlaceStates RemoveStale RemoveWorkings Resolve")]
    [InlineData("Replace", "LookAtIndex VerifyFiles PointAway RemoveOldIndex PlaceFiles PlaceIndex PlaceStates RemoveStale RemoveWorkings Resolve")]
    public void Next_WhenAllGoesAsPlanned_IsTheOrderOfTheProtocolPage(string kind, string order)
    {
        List<CommitStep> steps = [CommitStep.LookAtIndex];
        while (!Ends.Contains(steps[^1]))
        {
            steps.Add(CommitRules.Next(Enum.Parse<AttemptKind>(kind), steps[^1], StepOutcome.Done));
        }

        Assert.Equal(order, string.Join(' ', steps));
    }

    [Theory]
    [InlineData("Plain")]
    [InlineData("Replace")]
    public void Next_WhateverIsFound_ComesToAnEnd_AndResolvesOnlyWithTheIndexInPlace(string kindName)
    {
        AttemptKind kind = Enum.Parse<AttemptKind>(kindName);
        var pending = new Stack<(CommitStep Step, bool IsInPlace, int Steps)>([(CommitStep.LookAtIndex, false, 0)]);
        while (pending.TryPop(out (CommitStep Step, bool IsInPlace, int Steps) at))
        {
            Assert.True(at.Steps < 20, $"{kind} goes round in a circle at {at.Step}.");
            Assert.True(at.Step != CommitStep.Resolve || at.IsInPlace, $"{kind} resolves without its index.");
            if (Ends.Contains(at.Step))
            {
                continue;
            }

            foreach (StepOutcome outcome in Enum.GetValues<StepOutcome>())
            {
                if (at.IsInPlace && outcome != StepOutcome.Done)
                {
                    continue; // Steps after the index find nothing else.
                }

                bool isInPlace = at.IsInPlace || outcome == StepOutcome.IsOurs || (at.Step == CommitStep.PlaceIndex && outcome == StepOutcome.Done);
                pending.Push((CommitRules.Next(kind, at.Step, outcome), isInPlace, at.Steps + 1));
            }
        }
    }
}
