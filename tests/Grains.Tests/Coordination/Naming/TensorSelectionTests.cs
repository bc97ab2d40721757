using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Naming;

namespace Cairn.Grains.Tests.Coordination.Naming;

public sealed class TensorSelectionTests
{
    private static readonly ModelDefinition Model = new("m", [TestJob.Float("v", [1], decay: 0.9f), TestJob.Float("w", [1])]);

    [Fact]
    public void WithoutBindings_EverythingIsSelectedUnderItsOwnName() =>
        Assert.Equal(["v", "v/ExponentialMovingAverage", "w"], TensorSelection.ForSave(Model, []).Select(tensor => tensor.Key));

    [Fact]
    public void ForSave_WithFaults_NamesThemAll()
    {
        CheckpointException refused = Assert.Throws<CheckpointException>(() => TensorSelection.ForSave(
            Model,
            [
                new("k", "v", TensorPart.Value), new("k", "w", TensorPart.Value), new("j", "w", TensorPart.Value),
                new("x", "ww", TensorPart.Value), new("y", "w", TensorPart.Shadow), new("", "v", TensorPart.Shadow),
            ]));

        string[] expected =
        [
            "At least two variables have the same name: k", "The same saveable will be restored with two names: w", "has no variable 'ww'; nearest: 'w'",
            "no average is kept of 'w'", "the key of 'v' is empty",
        ];
        Assert.Equal(CheckpointError.InvalidArgument, refused.Error);
        Assert.All(expected, fault => Assert.Contains(fault, refused.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void ForRestore_OneKeyMayFillTwoTensors() =>
        Assert.Equal(2, TensorSelection.ForRestore(Model, [new("k", "v", TensorPart.Value), new("k", "w", TensorPart.Value)]).Length);
}
