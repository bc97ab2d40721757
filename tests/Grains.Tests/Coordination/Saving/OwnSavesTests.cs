using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Saving;

namespace Cairn.Grains.Tests.Coordination.Saving;

public sealed class OwnSavesTests
{
    private static readonly CoordinatorRecord Empty = CoordinatorRecord.Create("ranker", "cluster");
    private static readonly CoordinatorRecord Saved = Empty with
    {
        Folders = ["old/", "new/"],
        Savers = [new SaverHistory("old/", "checkpoint", 0, [], []), new SaverHistory("new/", "checkpoint", 0, [], [])],
    };

    [Fact]
    public void Prefix_IsInTheFolderOfTheSaverThatSavedLast_OrNowhere()
    {
        Assert.Equal("new/cairn-base", OwnSaves.PrefixIn(Saved));
        Assert.Null(OwnSaves.PrefixIn(Empty));
    }

    [Fact]
    public void Prefix_PassesOverWhatIsPinned() =>
        Assert.Equal("new/cairn-base.3", OwnSaves.PrefixIn(Saved with { Pins = ["new/cairn-base", "new/cairn-base.2"] }));

    [Theory]
    [InlineData("new/m-1", false, false)]
    [InlineData("other/m-1", false, true)]
    [InlineData("new/m-1", true, true)]
    public void OwesSave_AfterARestoreOfASubset_OrFromAnotherFolder(string prefix, bool hasSubset, bool isOwed)
    {
        RestorePlanStep part = new("new/m-2", "cd", [], null, []);
        RestorePlan plan = new(new RestorePlanStep(prefix, "ab", [], null, []), hasSubset ? [part] : []);

        Assert.Equal(isOwed, (Saved with { Base = plan }).OwesSave);
        Assert.False(Saved.OwesSave);
    }
}
