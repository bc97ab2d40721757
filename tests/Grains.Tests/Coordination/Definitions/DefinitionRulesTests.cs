using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Coordination;
using Cairn.Grains.Coordination.Definitions;

namespace Cairn.Grains.Tests.Coordination.Definitions;

public sealed class DefinitionRulesTests
{
    private static readonly CoordinationOptions Options = new() { ShardBytesMax = 4096, ShardsMax = 100, VariablesMax = 20, NameBytesMax = 40 };

    [Fact]
    public void Require_ASoundDefinition_ReturnsItInUtf8Order()
    {
        ModelDefinition sound = DefinitionRules.Require(
            new ModelDefinition("m", [Float("\U0001F600"), Float("\uFF5E"), Float("b"), Float("a/b"), Float("a")]), Options);

        Assert.Equal(["a", "a/b", "b", "\uFF5E", "\U0001F600"], sound.Variables.Select(variable => variable.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".m")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("a b")]
    public void Require_ANameThatNoModelMayHave_IsRefused(string name) =>
        Assert.Equal(
            CheckpointError.InvalidArgument,
            Assert.Throws<CheckpointException>(() => DefinitionRules.Require(new ModelDefinition(name, [Float("a")]), Options)).Error);

    [Fact]
    public void Require_ManyFaults_SaysAllOfThemAtOnce()
    {
        CheckpointException refused = Assert.Throws<CheckpointException>(() => DefinitionRules.Require(
            new ModelDefinition(
                "m",
                [
                    Float("twice"), Float("twice"), Float("v:0"), Float(""),
                    Float("text") with { DType = TensorDType.String },
                    Float("cut") with { ShardCount = 3 },
                    Float("scalar") with { Shape = TensorShape.Scalar, ShardCount = 2 },
                    Float("first") with { InitialElement = [1, 2] },
                    Float("count") with { DType = TensorDType.Int64, Average = new AverageDefinition("ema", 0.9f) },
                    Float("avg") with { Average = new AverageDefinition("ema", float.NaN) },
                    Float("x") with { Average = new AverageDefinition("y", 0.5f) },
                    Float("x/y"),
                ]),
            Options));

        Assert.Equal(CheckpointError.InvalidArgument, refused.Error);
        string[] expected =
        [
            "At least two variables have the same name: twice", "give the variable's name, 'v'", "'' is no name of a variable", "'text' has dtype string",
            "'cut' of shape [2] cannot be cut into 3 shards", "'scalar' of shape [] cannot be cut into 2 shards", "initial element of 'first' has 2 bytes",
            "count is int64", "the decay of the average of 'avg' is NaN", "'x/y', which is a variable or another average",
        ];
        Assert.All(expected, fault => Assert.Contains(fault, refused.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new long[] { 2048 }, 1, "give at least 2 shards")]
    [InlineData(new long[] { 4, 2048 }, 4, "one row of 'v' has 8192 bytes")]
    [InlineData(new long[] { 1L << 40, 1L << 21 }, 100, "one row of 'v' has 8388608 bytes")]
    public void Require_AShardThatIsTooLarge_NamesTheOptionAndTheRemedy(long[] shape, int shards, string words)
    {
        CheckpointException refused = Assert.Throws<CheckpointException>(
            () => DefinitionRules.Require(new ModelDefinition("m", [TestJob.Float("v", shape, shards)]), Options));

        Assert.Equal(CheckpointError.LimitExceeded, refused.Error);
        Assert.Contains("ShardBytesMax", refused.Message, StringComparison.Ordinal);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Require_TooManyShardsOrTooLongAName_IsOverALimit()
    {
        ModelDefinition many = new("m", [TestJob.Float("v", [1000], 101)]);
        ModelDefinition longName = new("m", [Float(new string('n', 41))]);

        Assert.All(
            [many, longName],
            wanted => Assert.Equal(CheckpointError.LimitExceeded, Assert.Throws<CheckpointException>(() => DefinitionRules.Require(wanted, Options)).Error));
    }

    [Fact]
    public void Differences_OfTwoDefinitions_AreListed()
    {
        ModelDefinition before = new("m", [Float("a"), Float("b"), Float("c")]);
        ModelDefinition after = new("m", [Float("a"), Float("b") with { Trainable = false }, Float("d")]);

        Assert.Empty(DefinitionRules.Differences(before, before));
        Assert.Equal(
            ["'c' is missing", "'d' is new", "'b' is float[2] in 1 shards, not float[2] in 1 shards, not trainable"],
            DefinitionRules.Differences(before, after));
    }

    [Fact]
    public void Document_RoundTrips_AndIsNamedByItsContent()
    {
        ModelDefinition definition = new(
            "m",
            [
                Float("a") with { InitialElement = [1, 2, 3, 4] }, TestJob.Float("b", [], decay: 0.1f),
                Float("c") with { DType = TensorDType.BFloat16, Trainable = false },
            ]);
        ReadOnlyMemory<byte> document = DefinitionDocument.Write(definition);
        string name = DefinitionDocument.AddressOf(document.Span).BlobName;

        ModelDefinition read = DefinitionDocument.Read(document, name);
        byte[] damaged = document.ToArray();
        damaged[^3] ^= 1;

        Assert.Equal(definition.Name, read.Name);
        Assert.Equal<VariableDefinition>(definition.Variables, read.Variables);
        Assert.Equal(CheckpointError.Corrupt, Assert.Throws<CheckpointException>(() => DefinitionDocument.Read(damaged, name)).Error);
    }

    [Fact]
    public void RequireSame_WithOtherPolicies_NamesThem()
    {
        ModelDefinition standing = new("m", [Float("a")]);
        ModelDefinition wanted = standing with { Policies = new ModelPolicies(TornStepPolicy.Accept, LossPolicy.Hold) };

        CheckpointException refused = Assert.Throws<CheckpointException>(() => DefinitionRules.RequireSame(standing, wanted));

        Assert.Equal(CheckpointError.AlreadyExists, refused.Error);
        Assert.Contains("torn steps is Rollback, not Accept; the policy of losses is Rollback, not Hold", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Require_APolicyThatDoesNotExist_IsRefused() =>
        Assert.Equal(
            CheckpointError.InvalidArgument,
            Assert.Throws<CheckpointException>(
                () => DefinitionRules.Require(new ModelDefinition("m", [Float("a")], new ModelPolicies((TornStepPolicy)7)), Options)).Error);

    [Theory]
    [InlineData(TornStepPolicy.Accept, LossPolicy.Hold)]
    [InlineData(TornStepPolicy.Accept, LossPolicy.Rollback)]
    [InlineData(TornStepPolicy.Rollback, LossPolicy.Rollback)]
    public void Document_OfADefinition_HasItsPolicies(TornStepPolicy tornSteps, LossPolicy losses)
    {
        ModelDefinition definition = new("m", [Float("a")], new ModelPolicies(tornSteps, losses));
        ReadOnlyMemory<byte> document = DefinitionDocument.Write(definition);

        ModelDefinition read = DefinitionDocument.Read(document, DefinitionDocument.AddressOf(document.Span).BlobName);

        Assert.Equal(definition.Policies, read.Policies);
        Assert.Equal(definition.Policies == default, document.Span.IndexOf("policies"u8) < 0);
    }

    private static VariableDefinition Float(string name) => TestJob.Float(name, [2]);
}
