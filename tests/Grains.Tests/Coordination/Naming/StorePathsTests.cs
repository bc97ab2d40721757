using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Naming;

namespace Cairn.Grains.Tests.Coordination.Naming;

public sealed class StorePathsTests
{
    [Theory]
    [InlineData("./model/model.ckpt", "model/model.ckpt")]
    [InlineData("model//model.ckpt-7", "model/model.ckpt-7")]
    [InlineData("/data/root/a/b", "a/b")]
    [InlineData("models/", "models/")]
    [InlineData("..model", "..model")]
    public void Prefix_BelowTheRoot_IsItsName(string path, string name) => Assert.Equal(name, StorePaths.Prefix(path, "/data/root").Value);

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("../a", "'..'")]
    [InlineData("a/../../b", "'..'")]
    [InlineData("a\\b", "backslash")]
    [InlineData("a\0b", "control character")]
    [InlineData("/etc/passwd", "outside of the store's root '/data/root'")]
    [InlineData("/data/rootless/a", "outside of the store's root")]
    [InlineData("azblob://other/a", "outside of the store's root")]
    [InlineData("_cairn/models/x", "keeps for itself")]
    [InlineData("./_cairn/x", "keeps for itself")]
    [InlineData("m.ckpt.data-00000-of-00001", "without .data-...: 'm.ckpt'")]
    [InlineData("m.ckpt.index", "without .index: 'm.ckpt'")]
    public void Prefix_ThatLeadsElsewhere_IsRefusedWithTheRemedy(string path, string words)
    {
        CheckpointException refused = Assert.Throws<CheckpointException>(() => StorePaths.Prefix(path, "/data/root"));

        Assert.Equal(CheckpointError.InvalidArgument, refused.Error);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("/data/root", "")]
    [InlineData("./", "")]
    [InlineData("./model", "model/")]
    [InlineData("model/", "model/")]
    public void Folder_BelowTheRoot_EndsWithASlash(string path, string name) => Assert.Equal(name, StorePaths.Folder(path, "/data/root"));
}
