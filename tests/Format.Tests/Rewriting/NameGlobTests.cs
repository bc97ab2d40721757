using Cairn.Format.Rewriting;

namespace Cairn.Format.Tests.Rewriting;

public sealed class NameGlobTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("dense/*", "dense/kernel/Adam", true)]
    [InlineData("dense/*", "dense", false)]
    [InlineData("*/kernel", "a/b/kernel", true)]
    [InlineData("v?", "v1", true)]
    [InlineData("v?", "v12", false)]
    [InlineData("v[12]", "v2", true)]
    [InlineData("v[!12]", "v2", false)]
    [InlineData("v[a-c]", "vb", true)]
    [InlineData("v[", "v[", true)]
    [InlineData("a.b", "axb", false)]
    [InlineData("[]a]x", "]x", true)]
    [InlineData("[^a]", "^", true)]
    public void IsMatch_IsThatOfFnmatch(string pattern, string name, bool expected) => Assert.Equal(expected, new NameGlob(pattern).IsMatch(name));
}
