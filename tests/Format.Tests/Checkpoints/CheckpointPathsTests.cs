using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;

namespace Cairn.Format.Tests.Checkpoints;

/// <summary>The rules of TensorFlow's checkpoint_management_test (the format specification, 8.4).</summary>
public sealed class CheckpointPathsTests
{
    [Theory]
    [InlineData("model.ckpt", null, false, "model.ckpt")]
    [InlineData("model.ckpt", 1000L, false, "model.ckpt-1000")]
    [InlineData("P", 5L, true, "P-00000005")]
    [InlineData("P", 123456789L, true, "P-123456789")]
    [InlineData("P", -5L, true, "P--0000005")]
    public void Prefix_OfAStep_IsTensorFlows(string path, long? step, bool pad, string prefix) => Assert.Equal(prefix, CheckpointPaths.Prefix(path, step, pad));

    [Theory]
    [InlineData("model.ckpt-1000", 1000L)]
    [InlineData("P-00000005", 5L)]
    [InlineData("model.ckpt", null)]
    [InlineData("a-1/b", null)]
    [InlineData("P-", null)]
    [InlineData("P-99999999999999999999", null)]
    public void StepOf_IsTheNumberAfterTheLastDash(string prefix, long? step) => Assert.Equal(step, CheckpointPaths.StepOf(prefix));

    [Fact]
    public void RequireNoCollision_TheNameOfTheStateFile_IsRefusedOnlyWithoutStepAndShards()
    {
        CheckpointException fault = Assert.Throws<CheckpointException>(() => CheckpointPaths.RequireNoCollision("train/checkpoint", null));
        Assert.Contains("collides with", fault.Message, StringComparison.Ordinal);

        CheckpointPaths.RequireNoCollision("train/checkpoint", 1);
        CheckpointPaths.RequireNoCollision("train/checkpoint", null, sharded: true);
        CheckpointPaths.RequireNoCollision("train/model", null);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("")]
    public void RequireNoCollision_AStateFileElsewhere_IsRefused(string latest) =>
        Assert.Throws<CheckpointException>(() => CheckpointPaths.RequireNoCollision("train/model", null, latestFileName: latest));

    [Fact]
    public void Record_AnAbsolutePath_IsKept() =>
        Assert.Equal("/tmp/train/model-0", CheckpointState.Record("/tmp/train", "/tmp/train/model-0").ModelCheckpointPath);

    [Fact]
    public void Record_ARelativePath_IsStoredRelativeToItsFolder()
    {
        Assert.Equal("model-0", CheckpointState.Record("train", "train/model-0").ModelCheckpointPath);
        Assert.Equal("model-0", CheckpointState.Record("", "model-0").ModelCheckpointPath);
        Assert.Equal("model-0", CheckpointState.Record("gs://bucket/train", "gs://bucket/train/model-0").ModelCheckpointPath);
    }

    [Fact]
    public void Record_TheList_EndsWithTheNewest()
    {
        Assert.Equal(["model-2"], CheckpointState.Record("/d", "model-2").AllModelCheckpointPaths);
        Assert.Equal(["model-2"], CheckpointState.Record("/d", "model-2", []).AllModelCheckpointPaths);
        Assert.Equal(["model-2"], CheckpointState.Record("/d", "model-2", ["model-2"]).AllModelCheckpointPaths);
        Assert.Equal(["model-2", "model-1", "model-2"], CheckpointState.Record("/d", "model-2", ["model-2", "model-1"]).AllModelCheckpointPaths);
    }

    [Fact]
    public void Record_InARelativeFolder_ReadsBackWithTheFolder()
    {
        CheckpointState state = CheckpointState.Record("train", "train/model-2", ["/abs/model-0", "train/model-2"]);
        CheckpointState back = CheckpointState.Parse(state.ToUtf8(), "train/checkpoint").ResolvedIn("train");

        Assert.Equal("train/model-2", back.ModelCheckpointPath);
        Assert.Equal(["/abs/model-0", "train/model-2"], back.AllModelCheckpointPaths);
    }

    [Fact]
    public void Record_SavingRelativePaths_StoresBareNames()
    {
        CheckpointState state = CheckpointState.Record("/t/train", "/t/train/model-0", ["/t/train/model-2", "/t/train/model-0"], saveRelativePaths: true);

        Assert.Equal("model-0", state.ModelCheckpointPath);
        Assert.Equal(["model-2", "model-0"], state.AllModelCheckpointPaths);
        Assert.Equal("/t/train/model-0", state.ResolvedIn("/t/train").ModelCheckpointPath);
    }

    [Fact]
    public void Record_ThePathOfTheStateFile_IsRefused()
    {
        CheckpointException fault = Assert.Throws<CheckpointException>(() => CheckpointState.Record("/d", "/d/checkpoint"));
        Assert.Equal("Save path '/d/checkpoint' conflicts with path used for checkpoint state.  Please use a different save path.", fault.Message);
    }

    [Fact]
    public void WithTimestamps_OfAnotherCount_IsRefused()
    {
        CheckpointState state = CheckpointState.Record("/d", "/d/m");

        CheckpointException fault = Assert.Throws<CheckpointException>(() => state.WithTimestamps([1, 2], 0));
        Assert.Contains("must match checkpoint paths", fault.Message, StringComparison.Ordinal);
        Assert.Equal([7], state.WithTimestamps([7], 1).AllModelCheckpointTimestamps);
    }

    [Fact]
    public void ResolvedIn_ADottedPath_IsJoinedNotNormalised()
    {
        CheckpointState state = CheckpointState.Parse(
            "  model_checkpoint_path: \"./model.ckpt-687529\"\n  all_model_checkpoint_paths: \"./model.ckpt-687500\"\n"u8, "checkpoint").ResolvedIn("dir");

        Assert.Equal("dir/./model.ckpt-687529", state.ModelCheckpointPath);
        Assert.Equal(["dir/./model.ckpt-687500"], state.AllModelCheckpointPaths);
    }

    [Theory]
    [InlineData("a/b", "a", "b")]
    [InlineData("a", "a", ".")]
    [InlineData("/a/b/c", "/a/d/", "../b/c")]
    [InlineData("./a//b/../c", "a", "c")]
    [InlineData("../a", "b", "../../a")]
    [InlineData("/../a", "/", "a")]
    public void RelativeTo_IsPythonsRelpath(string path, string directory, string expected) =>
        Assert.Equal(expected, CheckpointPaths.RelativeTo(path, directory));

    [Fact]
    public void RelativeTo_AFolderWhoseNameIsNotKnown_IsRefused() => Assert.Throws<CheckpointException>(() => CheckpointPaths.RelativeTo("a", "../b"));

    [Theory]
    [InlineData("a/b", "a")]
    [InlineData("b", "")]
    [InlineData("/b", "/")]
    [InlineData("a//b", "a")]
    public void DirectoryOf_IsPythonsDirname(string path, string directory) => Assert.Equal(directory, CheckpointPaths.DirectoryOf(path));
}
