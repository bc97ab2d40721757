using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Format.Sidecars;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Tests.Coordination.Sessions;

public sealed class SessionLedgerTests
{
    private const int SessionsMax = 3;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StepMax = TimeSpan.FromMinutes(15);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid A = Guid.NewGuid();
    private static readonly Guid B = Guid.NewGuid();

    private readonly SessionLedger _empty = SessionLedger.Begin("ranker", 7, 3);

    [Fact]
    public void BeginStep_Twice_GivesTheSameStamp_AlsoAfterACutOpened()
    {
        SessionLedger ledger = Open(_empty, "a", A);
        BeginStepResult first = ledger.BeginStep(Step(A, 0), Start, Lease);
        BeginStepResult again = first.Ledger.OpenCut().BeginStep(Step(A, 0), Start, Lease);

        Assert.Equal(new StepStamp(7, 3, 0, 0), first.Stamp);
        Assert.Equal(first.Stamp, again.Stamp);
    }

    [Fact]
    public void BeginStep_WhileACutIsOpen_LiesAfterTheCutAtOnce()
    {
        SessionLedger ledger = Open(Open(_empty, "a", A), "b", B);
        ledger = ledger.BeginStep(Step(A, 0), Start, Lease).Ledger.OpenCut();
        BeginStepResult after = ledger.BeginStep(Step(B, 0), Start, Lease);

        Assert.Equal(new StepStamp(7, 3, 1, 0), after.Stamp);
        Assert.Equal(A, Assert.Single(after.Ledger.OpenBeforeCut).Incarnation);
        Assert.Empty(after.Ledger.EndStep(Step(A, 0), Start, Lease).OpenBeforeCut);
    }

    [Fact]
    public void BeginStep_WhileARestoreHoldsSteps_IsHeldBack_AndNoCutIsOpened()
    {
        SessionLedger ledger = Open(_empty, "a", A).Hold();

        Assert.Null(ledger.BeginStep(Step(A, 0), Start, Lease).Stamp);
        Assert.Equal(0, ledger.LetGo().BeginStep(Step(A, 0), Start, Lease).Stamp!.Value.Cut);
    }

    [Fact]
    public void SessionsBeforeCut_OfStepsOnBothSides_NameTheNewestBeforeIt_OfClosedNamesToo()
    {
        SessionLedger ledger = Run(Run(Open(Open(Open(_empty, "c", A), "a", B), "b", Guid.NewGuid()), A, 4), B, 7);
        ledger = Run(ledger.OpenCut(), A, 5);
        ledger = Run(ledger, A, 6).End(A).Ledger.End(B).Ledger;

        SidecarSession[] before = [.. SessionsBeforeCut.Of(ledger)];
        SidecarSession[] later = [.. SessionsBeforeCut.Of(ledger.OpenCut())];

        Assert.Equal([("a", 7), ("b", -1), ("c", 4)], before.Select(session => (session.Name, session.Step)));
        Assert.Equal([("a", 7), ("b", -1), ("c", 6)], later.Select(session => (session.Name, session.Step)));
        Assert.Equal(A, before[2].Incarnation);
    }

    [Fact]
    public void SessionsBeforeCut_OfANameThatWasStartedAgain_GoOnWithBothIncarnations()
    {
        SessionLedger ledger = Run(Open(_empty, "a", A), A, 4).End(A).Ledger.OpenCut();
        ledger = Run(Open(ledger, "a", B), B, 5);

        Assert.Equal(new SidecarSession("a", A, 4), Assert.Single(SessionsBeforeCut.Of(ledger)));
        Assert.Equal(new SidecarSession("a", B, 5), Assert.Single(SessionsBeforeCut.Of(ledger.OpenCut())));
    }

    [Fact]
    public void BeginStep_AtOrBelowTheLastEnded_IsStale_AndWithAnotherOpen_IsRefused()
    {
        SessionLedger ledger = Open(_empty, "a", A).BeginStep(Step(A, 5), Start, Lease).Ledger;
        CheckpointException open = Assert.Throws<CheckpointException>(() => ledger.BeginStep(Step(A, 6), Start, Lease));
        ledger = ledger.EndStep(Step(A, 5), Start, Lease);
        CheckpointException stale = Assert.Throws<CheckpointException>(() => ledger.BeginStep(Step(A, 5), Start, Lease));

        Assert.Equal(CheckpointError.InvalidArgument, open.Error);
        Assert.Equal(CheckpointError.StaleStep, stale.Error);
        Assert.Equal(ledger, ledger.EndStep(Step(A, 5), Start, Lease));
        Assert.Equal(CheckpointError.StaleStep, Assert.Throws<CheckpointException>(() => ledger.EndStep(Step(A, 6), Start, Lease)).Error);
    }

    [Theory]
    [InlineData(6, CheckpointError.StaleGeneration)]
    [InlineData(8, CheckpointError.TryAgain)]
    public void AStepOfAnotherGeneration_IsRefused(long generation, CheckpointError error)
    {
        SessionLedger ledger = Open(_empty, "a", A);

        Assert.Equal(error, Assert.ThrowsAny<CheckpointException>(() => ledger.BeginStep(new StepRequest(A, generation, 0), Start, Lease)).Error);
    }

    [Fact]
    public void ASessionThatIsNotOpen_IsToldToOpen_AndOneThatEnded_ToBeginAnew()
    {
        CheckpointException unknown = Assert.Throws<CheckpointException>(() => _empty.BeginStep(Step(A, 0), Start, Lease));
        (SessionLedger ledger, _) = Open(_empty, "a", A).End(A);
        CheckpointException ended = Assert.Throws<CheckpointException>(() => ledger.BeginStep(Step(A, 0), Start, Lease));
        CheckpointException reopened = Assert.Throws<CheckpointException>(() => Open(ledger, "a", A));

        Assert.Equal(CheckpointError.TryAgain, unknown.Error);
        Assert.Equal(CheckpointError.StaleStep, ended.Error);
        Assert.Equal(CheckpointError.StaleStep, reopened.Error);
    }

    [Fact]
    public void Open_ByANamesake_EndsTheOlderIncarnation_WithItsOpenStep()
    {
        SessionLedger ledger = Open(_empty, "a", A).BeginStep(Step(A, 4), Start, Lease).Ledger;

        (SessionLedger after, EndedSession? fenced) = ledger.Open(new SessionOpening("a", B), Start, Lease, SessionsMax);

        Assert.Equal(new EndedSession(A, new StepStamp(7, 3, 0, 4), "session 'a'"), fenced);
        Assert.Equal(B, Assert.Single(after.Sessions).Key);
    }

    [Fact]
    public void Open_ByANamesake_GoesOnAfterTheNewestStepOfTheName()
    {
        SessionLedger ledger = Open(_empty, "a", A).BeginStep(Step(A, 4), Start, Lease).Ledger.EndStep(Step(A, 4), Start, Lease);

        Assert.Equal(4, Open(ledger, "a", B).Sessions[B].LastEndedStep);
        Assert.Equal(4, Open(ledger.End(A).Ledger, "a", B).Sessions[B].LastEndedStep);
        Assert.Equal(-1, Open(ledger, "b", B).Sessions[B].LastEndedStep);
    }

    [Fact]
    public void Raise_EndsEverySessionForGood_AndNamesGoOnFromTheNewState()
    {
        SessionLedger raised = Open(_empty, "a", A).Raise(8, "m.ckpt", EndedSteps.None.Remember("a", 2));

        Assert.Equal(CheckpointError.StaleStep, Assert.Throws<CheckpointException>(() => Open(raised, "a", A)).Error);
        Assert.Equal(2, Open(raised, "a", B).Sessions[B].LastEndedStep);
    }

    [Theory]
    [InlineData(6, CheckpointError.StaleGeneration)]
    [InlineData(8, CheckpointError.TryAgain)]
    public void Open_ByASessionOfAnotherGeneration_IsRefused_AndTheNamesakeStays(long generation, CheckpointError error)
    {
        SessionLedger ledger = Open(_empty, "a", A);

        CheckpointException refused = Assert.ThrowsAny<CheckpointException>(
            () => ledger.Open(new SessionOpening("a", B, null, generation), Start, Lease, SessionsMax));

        Assert.Equal(error, refused.Error);
    }

    [Fact]
    public void EndedSteps_OfTooManyNames_ForgetTheOldest()
    {
        EndedSteps steps = Enumerable.Range(0, 10_001).Aggregate(EndedSteps.None, (before, number) => before.Remember($"{number}", number));

        Assert.Equal((10_000, -1, 1, 10_000), (steps.Steps.Count, steps.Of("0"), steps.Of("1"), steps.Of("10000")));
        Assert.Equal(steps, steps.Remember("7", 3));
    }

    [Fact]
    public void Open_OfMoreThanTheLimit_NamesTheOption()
    {
        SessionLedger ledger = Open(Open(Open(_empty, "1", Guid.NewGuid()), "2", Guid.NewGuid()), "3", Guid.NewGuid());

        CheckpointException refused = Assert.Throws<CheckpointException>(() => Open(ledger, "4", A));

        Assert.Equal(CheckpointError.LimitExceeded, refused.Error);
        Assert.Contains("SessionsMax", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Expire_EndsWhoseLeaseRanOut_AndWhoHoldsAStepTooLong_AndNobodyElse()
    {
        SessionLedger ledger = Open(Open(_empty, "a", A), "b", B).BeginStep(Step(B, 1), Start, Lease).Ledger;
        Assert.Empty(ledger.Expire(Start + Lease - TimeSpan.FromTicks(1), StepMax).Ended);

        (SessionLedger after, var ended) = ledger.Expire(Start + Lease, StepMax);
        Assert.Equal(
            [(A, null), (B, 1)], ended.Select(session => (session.Incarnation, session.AbandonedStep)).OrderBy(session => session.AbandonedStep ?? -1));
        Assert.Empty(after.Sessions);

        SessionLedger alive = Open(ledger, "b", B, Start + StepMax);
        Assert.Contains(alive.Expire(Start + StepMax, StepMax).Ended, session => session.AbandonedStep == 1);
    }

    [Fact]
    public void ARememberedSession_HoldsTheCut_UntilItComesBack()
    {
        SessionLedger ledger = _empty.Remember(A, 9, Start, Lease).Remember(A, 8, Start, Lease).OpenCut();
        Assert.Equal(9, Assert.Single(ledger.OpenBeforeCut).OpenStep!.Value.Step);

        SessionLedger outside = Open(ledger, "a", A);
        Assert.Empty(outside.OpenBeforeCut);
        Assert.Equal(9, outside.Sessions[A].LastEndedStep);

        (SessionLedger inside, _) = ledger.Open(new SessionOpening("a", A, 9), Start, Lease, SessionsMax);
        Assert.Equal(new StepStamp(7, 3, 0, 9), inside.BeginStep(Step(A, 9), Start, Lease).Stamp);
        Assert.Empty(inside.EndStep(Step(A, 9), Start, Lease).OpenBeforeCut);
    }

    [Fact]
    public void ASessionThatComesBack_WithAStepThatNoShardReported_LiesAfterThePresentCut()
    {
        SessionLedger ledger = _empty.Remember(A, 9, Start, Lease).OpenCut();

        (SessionLedger known, _) = ledger.Open(new SessionOpening("a", A, 10), Start, Lease, SessionsMax);
        (SessionLedger unknown, _) = ledger.Open(new SessionOpening("b", B, 3), Start, Lease, SessionsMax);

        Assert.Equal(1, known.BeginStep(Step(A, 10), Start, Lease).Stamp!.Value.Cut);
        Assert.Equal(9, known.Sessions[A].LastEndedStep);
        Assert.Equal(1, unknown.BeginStep(Step(B, 3), Start, Lease).Stamp!.Value.Cut);
    }

    [Fact]
    public void ARememberedSession_ThatDoesNotComeBack_IsAbandonedInItsNewestStep()
    {
        (_, var ended) = _empty.Remember(A, 9, Start, Lease).Expire(Start + Lease, StepMax);

        Assert.Equal(9, Assert.Single(ended).AbandonedStep);
    }

    [Fact]
    public void RequireOutsideStep_RefusesTheSessionsOwnStep_AndNobodyElses()
    {
        SessionLedger ledger = Open(Open(_empty, "a", A), "b", B).BeginStep(Step(A, 1), Start, Lease).Ledger;

        Assert.Throws<CheckpointException>(() => ledger.RequireOutsideStep(A, "save"));
        ledger.RequireOutsideStep(B, "save");
        ledger.RequireOutsideStep(null, "save");
    }

    /// <summary>Whatever sessions do and however cuts follow each other: when no step before a cut is open, what the checkpoint says of each session is its
    /// newest step stamped before the cut, and stamps never go back.</summary>
    [Theory, MemberData(nameof(Seeds))]
    public void AnyOrderOfCalls_CutsBetweenSteps(int seed)
    {
        Random random = new(seed);
        Guid[] sessions = [A, B, Guid.NewGuid()];
        SessionLedger ledger = sessions.Aggregate(_empty, (before, session) => Open(before, session.ToString(), session));
        List<(Guid Session, StepStamp Stamp)> ended = [];
        bool isOpen = false;
        for (int turn = 0; turn < 300; turn++)
        {
            Guid session = sessions[random.Next(sessions.Length)];
            SessionEntry entry = ledger.Sessions[session];
            switch (random.Next(4))
            {
                case 0 or 1:
                    BeginStepResult begun = ledger.BeginStep(Step(session, entry.OpenStep?.Step ?? entry.LastEndedStep + 1), Start, Lease);
                    ledger = begun.Ledger;
                    Assert.Equal(entry.OpenStep?.Cut ?? ledger.Cut, begun.Stamp!.Value.Cut);
                    break;
                case 2 when entry.OpenStep is { } open:
                    ledger = ledger.EndStep(Step(session, open.Step), Start, Lease);
                    ended.Add((session, open));
                    break;
                case 3 when !isOpen:
                    ledger = ledger.OpenCut();
                    isOpen = true;
                    break;
            }

            if (isOpen && !ledger.OpenBeforeCut.Any())
            {
                isOpen = false;
                foreach (SidecarSession before in SessionsBeforeCut.Of(ledger))
                {
                    long newest = ended.Where(step => step.Session.ToString() == before.Name && step.Stamp.Cut < ledger.Cut)
                        .Select(step => step.Stamp.Step).DefaultIfEmpty(-1).Max();
                    Assert.True(newest == before.Step, $"seed {seed}, turn {turn}: {before}, its newest step before cut {ledger.Cut} is {newest}");
                }
            }
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 50)];

    private static SessionLedger Run(SessionLedger ledger, Guid session, long step) =>
        ledger.BeginStep(Step(session, step), Start, Lease).Ledger.EndStep(Step(session, step), Start, Lease);

    private static StepRequest Step(Guid session, long step) => new(session, 7, step);

    private static SessionLedger Open(SessionLedger ledger, string name, Guid incarnation, DateTimeOffset? now = null) =>
        ledger.Open(new SessionOpening(name, incarnation), now ?? Start, Lease, SessionsMax).Ledger;
}
