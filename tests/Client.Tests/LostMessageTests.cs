using Cairn.Client.Tests.Fakes;
using Cairn.Contracts.Shards;
using Cairn.Format.Tensors;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Client.Tests;

/// <summary>What a session makes of answers that are lost, late, or cancelled.</summary>
public sealed class LostMessageTests : IAsyncDisposable
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly FakeCoordinator _coordinator = new();
    private readonly CairnClient _client;
    private readonly Model _model;
    private readonly Variable<float> _v;

    public LostMessageTests()
    {
        _client = new CairnClient(FakeGrains.Of(_coordinator), new CairnClientOptions(), NullLoggerFactory.Instance, null);
        _model = _client.Model("m");
        _v = _model.Variable("v", [1f, 2f]);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task EndAsync_ItsAnswerIsLost_TheStepCountsAsEnded()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        _coordinator.DelayNext("EndStep", Never);
        _coordinator.FailNext("AbandonStep", new CheckpointException(CheckpointError.StaleStep, "Step 0 ended; it cannot be abandoned any more."));
        using var giveUp = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await using Step step = await session.BeginStepAsync();
            Task end = step.EndAsync(giveUp.Token);
            await _coordinator.CalledAsync("EndStep(0)", 1);
            await giveUp.CancelAsync();
            await end;
        });
        await session.StepAsync(step => step.AssignAsync(_v, 1f, 2f));

        Assert.Equal(1, session.LastEndedStep);
        Assert.Single(_coordinator.Calls, call => call == "OpenSession()"); // The incarnation is as good as before.
    }

    [Fact]
    public async Task AbandonStep_RefusedAsEndedThoughNobodyEndedIt_IsAFailure()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        _coordinator.FailNext("AbandonStep", new CheckpointException(CheckpointError.StaleStep, "No such step."));

        await (await session.BeginStepAsync()).DisposeAsync();

        Assert.Equal(-1, session.LastEndedStep);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Update_CancelledWhileItsStepEnds_IsDone(bool ofASession)
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _coordinator.DelayNext("EndStep", end.Task);
        using var giveUp = new CancellationTokenSource();

        Task update = ofASession
            ? session.StepAsync(step => step.AssignAsync(_v, new[] { 1f, 2f }, null, giveUp.Token), giveUp.Token)
            : _v.AssignAsync(new[] { 1f, 2f }, null, giveUp.Token);
        await _coordinator.CalledAsync("EndStep(0)", 1);
        await giveUp.CancelAsync();
        end.SetResult();
        await update;

        Assert.DoesNotContain("AbandonStep(0)", _coordinator.Calls);
    }

    [Fact]
    public async Task BeginStepAsync_Cancelled_ClosesTheIncarnation_AndTheNextStepHasAnother()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        Guid before = session.Incarnation;
        _coordinator.DelayNext("BeginStep", Never);
        using var giveUp = new CancellationTokenSource();

        Task<Step> begin = session.BeginStepAsync(giveUp.Token);
        await _coordinator.CalledAsync("BeginStep(0)", 1);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => begin);
        await _coordinator.CalledAsync("CloseSession", 1);
        await session.StepAsync(step => step.AssignAsync(_v, 1f, 2f));

        Assert.NotEqual(before, session.Incarnation);
    }

    [Fact]
    public async Task Renewal_WhoseAnswerIsLost_IsTriedAgainWithinTheLease()
    {
        _coordinator.Lease = TimeSpan.FromMilliseconds(300);
        await using Session session = await _model.OpenSessionAsync("worker-0");
        _coordinator.DelayNext("OpenSession", Never);

        await _coordinator.CalledAsync("OpenSession()", 3); // Opened, lost, tried again: long before CallTimeout.
    }

    [Fact]
    public async Task Update_OfItsOwnStepFromInsideAStep_IsRefused_AndFromInsideAnotherModelsStepNot()
    {
        Variable<float> other = _client.Model("other").Variable("w", [1f]);
        await using Session session = await _model.OpenSessionAsync("worker-0");
        await using Step step = await session.BeginStepAsync();

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => _v.AssignAsync(1f, 2f));
        await other.AssignAsync(2f);
        await step.EndAsync();
        await _v.AssignAsync(1f, 2f);

        Assert.Equal(CheckpointError.InvalidArgument, refusal.Error);
        Assert.Contains("inside a step of session 'worker-0'", refusal.Message);
        Assert.Contains("step.AssignAsync", refusal.Message);
    }

    [Fact]
    public async Task SaveAsync_FromInsideTheFirstOfTwoSteps_StillNamesItsSession()
    {
        await using Session first = await _model.OpenSessionAsync("worker-0");
        await using Session second = await _model.OpenSessionAsync("worker-1");
        await using Step outer = await first.BeginStepAsync();
        await using Step inner = await second.BeginStepAsync();
        var saver = new Saver(_model);
        await saver.SaveAsync("model/model.ckpt");
        Guid? insideBoth = _coordinator.LastSave!.Session;

        await inner.EndAsync();
        await saver.SaveAsync("model/model.ckpt");
        Guid? insideFirst = _coordinator.LastSave.Session;
        await outer.EndAsync();
        await saver.SaveAsync("model/model.ckpt");

        Assert.Equal([second.Incarnation, first.Incarnation, null], new[] { insideBoth, insideFirst, _coordinator.LastSave.Session });
    }

    [Fact]
    public async Task UpdateAverages_SomeUninitialised_AreRefusedByNameBeforeAnythingIsSent()
    {
        Variable<float> w = _model.Variable("w", new TensorShape(4), 0f, Partitioner.FixedSize(2));
        var ema = new ExponentialMovingAverage(_model, 0.99);
        ema.Apply();
        _coordinator.Shard("m/0/v").ShadowInitialised = false;
        _coordinator.Shard("m/1/w").ValueInitialised = false;

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => ema.UpdateAsync());
        CheckpointException refusedAdd = await Assert.ThrowsAsync<CheckpointException>(() => w.AssignAddAsync(1f, 1f, 1f, 1f));

        Assert.All([refusal, refusedAdd], each => Assert.Equal(CheckpointError.Uninitialised, each.Error));
        Assert.Contains("'v', 'w' have no value or no average", refusal.Message);
        Assert.Contains("'w' has no value yet", refusedAdd.Message);
        Assert.DoesNotContain(_coordinator.Calls, call => call.StartsWith("Apply", StringComparison.Ordinal));
    }

    [Fact]
    public async Task UpdateAverages_OfShardsKnownToBeInitialised_AsksThemOnceInAGeneration()
    {
        _model.Variable("w", new TensorShape(4), 0f, Partitioner.FixedSize(2));
        var ema = new ExponentialMovingAverage(_model, 0.99);
        ema.Apply();

        await ema.UpdateAsync();
        await ema.UpdateAsync();
        int inOne = Reports();
        _coordinator.Generation = 2;
        await ema.UpdateAsync();

        Assert.Equal((3, 6), (inOne, Reports()));
        Assert.Equal(3, _coordinator.Shard("m/0/v").Updates.Count(update => update.Kind == UpdateKind.UpdateAverage));
        Assert.Equal(3, _coordinator.Shard("m/1/w").Updates.Count);

        int Reports() => _coordinator.Calls.Count(call => call.StartsWith("Report", StringComparison.Ordinal));
    }
}
