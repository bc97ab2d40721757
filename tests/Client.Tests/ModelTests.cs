using System.Numerics;
using Cairn.Client.Tests.Fakes;
using Cairn.Format.Tensors;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Client.Tests;

/// <summary>Declarations: names, types, averages, maps.</summary>
public sealed class ModelTests : IAsyncDisposable
{
    private readonly CairnClient _client = new(FakeGrains.Of(new FakeCoordinator()), new CairnClientOptions(), NullLoggerFactory.Instance, null);

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public void Variable_OfEachForm_HasTheShapeAndType()
    {
        Model model = _client.Model("m");

        Variable scalar = model.Variable("scalar", 0L, trainable: false);
        Variable values = model.Variable("values", [1.0, 2.0]);
        Variable fill = model.Variable("fill", new TensorShape(784, 10), Half.Zero);
        Variable shaped = model.Variable("shaped", new TensorShape(2, 1), [Complex.One, Complex.Zero]);
        Variable untyped = model.Variable(TensorDType.BFloat16, "untyped", new TensorShape(8));

        Assert.Equal([(TensorDType.Int64, "[]"), (TensorDType.Double, "[2]"), (TensorDType.Half, "[784,10]"), (TensorDType.Complex128, "[2,1]"),
            (TensorDType.BFloat16, "[8]")],
            new[] { scalar, values, fill, shaped, untyped }.Select(variable => (variable.DType, variable.Shape.ToString())));
        Assert.Equal(["values:0", "fill:0", "shaped:0", "untyped:0"], model.TrainableVariables().Select(variable => variable.ToString()));
    }

    [Fact]
    public void Variable_DeclaredTwice_IsRefusedByName()
    {
        Model model = _client.Model("m");
        model.Variable("v", 0f);

        CheckpointException refusal = Assert.Throws<CheckpointException>(() => model.Variable("v", [1f]));

        Assert.Equal(CheckpointError.AlreadyExists, refusal.Error);
        Assert.Contains("'v' is declared twice", refusal.Message);
    }

    [Fact]
    public void Variable_WithTooFewValues_IsRefusedWithBothNumbers()
    {
        CheckpointException refusal = Assert.Throws<CheckpointException>(() => _client.Model("m").Variable("v", new TensorShape(2, 3), [1f, 2f]));

        Assert.Contains("[2,3], which needs 6 initial values; 2 were given", refusal.Message);
    }

    [Fact]
    public void Variable_OfATypeWithoutDType_IsRefused()
    {
        CheckpointException refusal = Assert.Throws<CheckpointException>(() => _client.Model("m").Variable("v", 1m));

        Assert.Contains("Decimal is not the type of a tensor's elements", refusal.Message);
    }

    [Fact]
    public void Variable_OfStrings_IsRefused()
    {
        CheckpointException refusal = Assert.Throws<CheckpointException>(() => _client.Model("m").Variable(TensorDType.String, "v", new TensorShape(2)));

        Assert.Contains("no fixed size", refusal.Message);
    }

    [Fact]
    public async Task AssignAsync_OfTooManyValues_IsRefusedBeforeAnythingIsSent()
    {
        Variable<float> v = _client.Model("m").Variable("v", [1f, 2f]);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => v.AssignAsync(1f, 2f, 3f));

        Assert.Contains("has shape [2] of float: 2 elements are needed, 3 were given", refusal.Message);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 5)]
    [InlineData(4, 1)]
    [InlineData(1, long.MaxValue)]
    public async Task ReadRowsAsync_OutsideTheShape_IsRefused(long start, long count)
    {
        Variable<float> v = _client.Model("m").Variable("v", new TensorShape(4, 2), 0f);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => v.ReadRowsAsync(start, count));

        Assert.Equal(CheckpointError.InvalidArgument, refusal.Error);
    }

    [Fact]
    public void Apply_ListsTheAveragesAsVariables()
    {
        Model model = _client.Model("m");
        Variable<float> v = model.Variable("v", 0f);
        model.Variable("step", 0L, trainable: false);
        var ema = new ExponentialMovingAverage(model, 0.99);

        ema.Apply();

        Assert.Equal("v:0, step:0, v/ExponentialMovingAverage:0", string.Join(", ", model.GlobalVariables()));
        Assert.Equal("v/ExponentialMovingAverage", ema.AverageName(v));
        Assert.Same(model.Find("v/ExponentialMovingAverage"), ema.Average(v));
    }

    [Fact]
    public async Task Apply_AfterTheModelIsDefined_IsRefused()
    {
        Model model = _client.Model("m");
        model.Variable("v", 0f);
        await model.DefineAsync();

        CheckpointException refusal = Assert.Throws<CheckpointException>(() => new ExponentialMovingAverage(model, 0.99).Apply());

        Assert.Contains("Model 'm' is defined already", refusal.Message);
    }

    [Fact]
    public void Apply_ToIntegers_OrTwice_IsRefused()
    {
        Model model = _client.Model("m");
        Variable<int> count = model.Variable("count", 0);
        Variable<float> v = model.Variable("v", 0f);
        var ema = new ExponentialMovingAverage(model, 0.99);
        ema.Apply(v);

        Assert.Contains("'count' (int32) cannot be kept", Assert.Throws<CheckpointException>(() => ema.Apply(count)).Message);
        Assert.Contains("kept already", Assert.Throws<CheckpointException>(() => ema.Apply(v)).Message);
    }

    [Fact]
    public void VariablesToRestore_WithoutApply_MapsAveragesToTrainables_AndOthersToThemselves()
    {
        Model model = _client.Model("m");
        model.Variable("v", 0f);
        model.Variable("step", 0L, trainable: false);

        NameMap map = new ExponentialMovingAverage(model, 0.99).VariablesToRestore();

        Assert.Equal($"v/ExponentialMovingAverage -> v{Environment.NewLine}step -> step", map.ToString());
    }

    [Fact]
    public void VariablesToRestore_AfterApply_DoesNotNameTheShadows()
    {
        Model model = _client.Model("m");
        model.Variable("v", 0f);
        var ema = new ExponentialMovingAverage(model, 0.99);
        ema.Apply();

        Assert.Equal("v/ExponentialMovingAverage -> v", ema.VariablesToRestore().ToString());
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void ExponentialMovingAverage_DecayOutsideItsRange_IsRefused(double decay) =>
        Assert.Throws<CheckpointException>(() => new ExponentialMovingAverage(_client.Model("m"), decay));

    [Fact]
    public void Saver_OfAnotherModelsVariable_OfNone_OrOfOneTwice_IsRefused()
    {
        Model model = _client.Model("m");
        Variable<float> v = model.Variable("v", 0f);
        Variable<float> foreign = _client.Model("other").Variable("v", 0f);

        Assert.Contains("belongs to model 'other'", Assert.Throws<CheckpointException>(() => new Saver(model, [foreign])).Message);
        Assert.Contains("No variables", Assert.Throws<CheckpointException>(() => new Saver(model, Array.Empty<Variable>())).Message);
        Assert.Contains("'v' was given twice", Assert.Throws<CheckpointException>(() => new Saver(model, [v, v])).Message);
    }

    [Fact]
    public void Options_WithSeveralFaults_ListsAll()
    {
        var options = new CairnClientOptions
        {
            Clustering = ClientClustering.Redis,
            ClusterId = " ",
            CallTimeout = TimeSpan.FromSeconds(1),
            ParallelTransfersMax = 0,
            TransferBytesPerSecondMin = 0,
        };

        CheckpointException refusal = Assert.Throws<CheckpointException>(() => CairnClientOptionsRules.Check(options));

        Assert.All(["RedisConnection", "ClusterId", "CallTimeout", "ParallelTransfersMax", "TransferBytesPerSecondMin"], name =>
            Assert.Contains(name, refusal.Message));
    }
}
