using Cairn.Format.Bundles;
using CsCheck;

namespace Cairn.Format.Tests.Bundles;

public sealed class NearestNamesTests
{
    [Fact]
    public void Find_AMistypedName_GivesTheOneMeant() =>
        Assert.Equal(["dense/kernel"], NearestNames.Find("dense/kernal", ["dense/kernel", "conv/bias", "global_step"]));

    [Fact]
    public void Find_ANameWithoutItsScope_GivesThoseThatContainIt() =>
        Assert.Equal(["a/global_step", "save/global_step"], NearestNames.Find("global_step", ["save/global_step", "a/global_step", "weights"]));

    [Fact]
    public void Find_AnotherCase_ComesFirst() => Assert.Equal("W", NearestNames.Find("w", ["W2", "W", "v"])[0]);

    [Fact]
    public void Find_NothingNear_GivesNothing() => Assert.Empty(NearestNames.Find("weights", ["bias", "moving_mean"]));

    [Fact]
    public void EditDistance_AnyTwoWords_IsSymmetricAndBounded()
    {
        Gen<string> word = Gen.Char['a', 'c'].Array[0, 8].Select(letters => new string(letters));
        Gen.Select(word, word, Gen.Int[0, 8]).Sample((a, b, max) =>
        {
            int full = NearestNames.EditDistance(a, b, 100);
            return full == NearestNames.EditDistance(b, a, 100) && full <= Math.Max(a.Length, b.Length) && full >= Math.Abs(a.Length - b.Length)
                && NearestNames.EditDistance(a, b, max) == (full <= max ? full : int.MaxValue);
        });
    }
}
