using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Tests.Records;

public sealed class KnownSessionsTests
{
    private const int NamesMax = 50;

    private static readonly CoordinatorRecord Empty = CoordinatorRecord.Create("ranker", "cluster");
    private static readonly Guid First = Guid.Parse("11111111-0000-0000-0000-000000000000");
    private static readonly Guid Second = Guid.Parse("22222222-0000-0000-0000-000000000000");

    [Fact]
    public void Note_OfANewIncarnation_TakesThePlaceOfTheOld()
    {
        CoordinatorRecord record = Note(Note(Empty, new KnownSession("worker", First, -1)), new KnownSession("worker", Second, 7));

        Assert.Equal([new KnownSession("worker", Second, 7)], record.Sessions!.Value);
        Assert.Null(KnownSessions.Find(record, First));
        Assert.Equal(7, KnownSessions.EndedOf(record).Of("worker"));
    }

    [Fact]
    public void Note_OfWhatIsKnown_ChangesNothing()
    {
        CoordinatorRecord record = Note(Empty, new("a", First, 3), new("b", Second, 4));

        Assert.Same(record, Note(record, new("b", Second, 4), new("a", First, 3)));
    }

    [Fact]
    public void Note_OfSeveralChangesOfOneName_KeepsTheLast()
    {
        CoordinatorRecord record = Note(Empty, new("a", First, 3), new("a", Second, 5));

        Assert.Equal([new KnownSession("a", Second, 5)], record.Sessions!.Value);
    }

    [Fact]
    public void Note_OfTooMany_ForgetsTheOldestThatIsNotOpen()
    {
        CoordinatorRecord record = Note(Empty, new KnownSession("open", First, 1));
        for (int i = 0; i < NamesMax + 5; i++)
        {
            record = KnownSessions.Note(record, [new KnownSession($"w{i}", Guid.NewGuid(), i)], NamesMax, incarnation => incarnation == First);
        }

        Assert.Equal(NamesMax, record.Sessions!.Value.Length);
        Assert.Equal(["open", "w6"], record.Sessions!.Value.Take(2).Select(session => session.Name));
    }

    [Fact]
    public void Rebase_SetsEveryNameToWhatWasLoaded_AndKeepsItsIncarnation()
    {
        CoordinatorRecord record = Note(Empty, new("lost", First, 9), new("kept", Second, 9));

        CoordinatorRecord rebased = KnownSessions.Rebase(record, EndedSteps.None.Remember("kept", 4).Remember("gone", 6), NamesMax);

        Assert.Equal([new("gone", Guid.Empty, 6), new("lost", First, -1), new("kept", Second, 4)], rebased.Sessions!.Value.OrderBy(session => session.Incarnation));
    }

    [Fact]
    public void ANewGeneration_KnowsNoNames_UntilItsBaseIsRead()
    {
        CoordinatorRecord record = Note(Empty, new KnownSession("a", First, 3));

        Assert.Null(record.BeginGeneration(new RestorePlan(new RestorePlanStep("m/c", "ab", [], null, []), [])).Sessions);
        Assert.Equal([], record.BeginGeneration(null).Sessions!.Value);
        Assert.Equal([], record.Hold("a silo is gone").Sessions!.Value);
    }

    private static CoordinatorRecord Note(CoordinatorRecord record, params KnownSession[] changed) =>
        KnownSessions.Note(record, changed, NamesMax, _ => true);
}
