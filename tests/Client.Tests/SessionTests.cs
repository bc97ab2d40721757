using Cairn.Client.Tests.Fakes;
using Cairn.Contracts.Shards;
using Cairn.Format.Tensors;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Client.Tests;

/// <summary>Sessions, steps and retries against a coordinator without a cluster.</summary>
public sealed class SessionTests : IAsyncDisposable
{
    private readonly FakeCoordinator _coordinator = new();
    private readonly CairnClient _client;
    private readonly Model _model;
    private readonly Variable<float> _v;

    public SessionTests()
    {
        _client = new CairnClient(FakeGrains.Of(_coordinator), new CairnClientOptions(), NullLoggerFactory.Instance, null);
        _model = _client.Model("m");
        _v = _model.Variable("v", [1f, 2f]);
    }

    private FakeShard Shard => _coordinator.Shard("m/0/v");

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task StepAsync_WorkSucceeds_EndsTheStep()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");

        await session.StepAsync(step => step.AssignAddAsync(_v, 1f, 2f));

        Assert.Contains("EndStep(0)", _coordinator.Calls);
        Assert.Equal(0, session.LastEndedStep);
        ShardUpdate update = Assert.Single(Shard.Updates);
        Assert.Equal(UpdateKind.AssignAdd, update.Kind);
        Assert.Equal(8, update.Payload!.Value.Length);
    }

    [Fact]
    public async Task StepAsync_WorkThrows_AbandonsAndThrowsOn_AndTheNextStepHasAnotherIncarnation()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");

        await Assert.ThrowsAsync<InvalidOperationException>(() => session.StepAsync(async step =>
        {
            await step.AssignAsync(_v, 1f, 2f);
            throw new InvalidOperationException("The job's own fault.");
        }));
        await session.StepAsync(step => step.AssignAsync(_v, 3f, 4f));

        Assert.Contains("AbandonStep(0)", _coordinator.Calls);
        Assert.Equal(2, Shard.Updates.Select(update => update.Operation.Session).Distinct().Count());
    }

    [Fact]
    public async Task BeginStepAsync_DisposedWithoutEnd_Abandons()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");

        await using (Step step = await session.BeginStepAsync())
        {
            await step.AssignAsync(_v, 1f, 2f);
        }

        Assert.Contains("AbandonStep(0)", _coordinator.Calls);
        Assert.DoesNotContain("EndStep(0)", _coordinator.Calls);
    }

    [Fact]
    public async Task BeginStepAsync_WhileOneIsOpen_IsRefused()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        await using Step step = await session.BeginStepAsync();

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => session.BeginStepAsync());

        Assert.Equal(CheckpointError.InvalidArgument, refusal.Error);
        Assert.Contains("step 0 open", refusal.Message);
    }

    [Fact]
    public async Task EndAsync_AfterAnUpdateFailed_IsRefused()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        await using Step step = await session.BeginStepAsync();
        _coordinator.FailNext("Apply", new CheckpointException(CheckpointError.StaleStep, "Fenced."));
        await Assert.ThrowsAsync<CheckpointException>(() => step.AssignAsync(_v, 1f, 2f));

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => step.EndAsync());

        Assert.Contains("Fenced", refusal.Message);
    }

    [Fact]
    public async Task Update_WhoseAnswerIsLost_IsSentAgainUnderTheSameOperationId()
    {
        _coordinator.FailNext("Apply", new TimeoutException("No answer."), new CheckpointException(CheckpointError.TryAgain, "Not admitted yet."));

        await _v.AssignAsync(1f, 2f);
        await _v.AssignAsync(3f, 4f);

        Assert.Equal(4, _coordinator.Calls.Count(call => call == "Apply(m/0/v)"));
        Assert.Equal(2, Shard.Updates.Count);
        Assert.Equal([0, 1], Shard.Updates.Select(update => update.Operation.Step));
    }

    [Fact]
    public async Task Update_ShardHasMoved_IsSentToTheNewIncarnation()
    {
        await _model.DefineAsync();
        Guid old = Shard.Incarnation;
        Shard.Incarnation = Guid.NewGuid();

        await _v.AssignAsync(1f, 2f);

        Assert.Equal([old, Shard.Incarnation], Shard.Updates.Select(update => update.Incarnation));
        Assert.Single(Shard.Updates.Select(update => update.Operation).Distinct());
    }

    [Fact]
    public async Task Update_UnderAnOlderEpoch_RegistersTheOpenStepAndIsSentAgainUnderItsOldId()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        await using Step step = await session.BeginStepAsync();
        _coordinator.Epoch = 2;

        await step.AssignAsync(_v, 1f, 2f);
        await step.EndAsync();

        Assert.Contains("OpenSession(0)", _coordinator.Calls);
        Assert.Equal([1, 2], Shard.Updates.Select(update => update.Stamp.Epoch));
        Assert.Single(Shard.Updates.Select(update => update.Operation).Distinct());
    }

    [Fact]
    public async Task BeginStepAsync_SessionUnknownToTheCoordinator_OpensItAndTriesAgain()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        _coordinator.FailNext("BeginStep", new CheckpointException(CheckpointError.TryAgain, "This session is not open."));

        await using Step step = await session.BeginStepAsync();

        Assert.Equal(2, _coordinator.Calls.Count(call => call == "OpenSession()"));
        Assert.Equal(2, _coordinator.Calls.Count(call => call == "BeginStep(0)"));
    }

    [Fact]
    public async Task BeginStepAsync_AfterARestoreBySomebodyElse_IsStale_UntilTheSessionResumes()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        await session.StepAsync(step => step.AssignAsync(_v, 1f, 2f));
        (_coordinator.Generation, _coordinator.LastEndedStep) = (2, 40);

        StaleGenerationException stale = await Assert.ThrowsAsync<StaleGenerationException>(() => session.BeginStepAsync());
        long next = await session.ResumeAsync();
        await session.StepAsync(step => step.AssignAsync(_v, 1f, 2f));

        Assert.Equal((2, "model/model.ckpt", 41), (stale.Generation, stale.ResumePrefix, stale.ResumeStep));
        Assert.Equal(41, next);
        Assert.Equal(2, session.Generation);
        Assert.Equal(41, session.LastEndedStep);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UpdateOrRead_ThatAShardCallsStale_IsTheOneException_WithTheStepToResumeFrom(bool isUpdate)
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        await using Step step = await session.BeginStepAsync();
        (_coordinator.Generation, _coordinator.LastEndedStep) = (2, 6);

        StaleGenerationException stale = await Assert.ThrowsAsync<StaleGenerationException>(
            () => isUpdate ? step.AssignAsync(_v, 1f, 2f) : step.ReadAsync(_v));

        Assert.Equal((2, "model/model.ckpt", 7), (stale.Generation, stale.ResumePrefix, stale.ResumeStep));
    }

    [Fact]
    public async Task BeginStepAsync_AfterAnAbandonedStep_InANewerGeneration_SaysSo_InsteadOfGoingOnUnasked()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.StepAsync(_ => throw new InvalidOperationException("The job's own fault.")));
        (_coordinator.Generation, _coordinator.LastEndedStep) = (2, 3);

        StaleGenerationException stale = await Assert.ThrowsAsync<StaleGenerationException>(() => session.BeginStepAsync());

        Assert.Equal(4, stale.ResumeStep);
        Assert.Equal(4, await session.ResumeAsync());
        await session.StepAsync(step => step.AssignAsync(_v, 1f, 2f));
    }

    [Fact]
    public async Task StepAsync_OfWorkThatHasAResult_ReturnsIt()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");

        float[] before = await session.StepAsync(async step =>
        {
            float[] values = await step.ReadAsync(_v);
            await step.AssignAsync(_v, 1f, 2f);
            return values;
        });

        Assert.Equal(2, before.Length);
        Assert.Equal(0, session.LastEndedStep);
    }

    [Fact]
    public async Task BeginStepAsync_AfterARestoreByThisModel_GoesOnByItself()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        await _v.AssignAsync(0f, 0f);

        await new Saver(_model).RestoreAsync("model/model.ckpt");
        await session.StepAsync(step => step.AssignAsync(_v, 1f, 2f));
        await _v.AssignAsync(3f, 4f);

        Assert.Equal([1, 2, 2], Shard.Updates.Select(update => update.Stamp.Generation));
    }

    [Fact]
    public async Task UpdateOutsideAStep_AfterARestoreBySomebodyElse_BeginsInTheNewGeneration()
    {
        await _v.AssignAsync(0f, 0f);
        _coordinator.Generation = 2;

        await _v.AssignAsync(1f, 2f);
        float[] values = await _v.ReadAsync();

        Assert.Equal([1, 2], Shard.Updates.Select(update => update.Stamp.Generation));
        Assert.Equal(2, values.Length);
    }

    [Fact]
    public async Task ReadAsync_InsideAStep_CarriesItsStamp_HoweverItIsAskedFor()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");

        await session.StepAsync(async step =>
        {
            await step.ReadAsync(_v);
            await _v.ReadAsync();
            await _v.ReadBytesAsync(Stream.Null);
        });
        await _v.ReadAsync();

        Assert.Equal([0, 0, 0, null], Shard.Reads.Select(read => read.Stamp?.Step));
    }

    [Fact]
    public async Task ReadAsync_UnderAnOlderEpoch_RegistersTheOpenStepAndReadsAgain()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        await using Step step = await session.BeginStepAsync();
        _coordinator.Epoch = 2;

        await step.ReadAsync(_v);

        Assert.Equal([1, 2], Shard.Reads.Select(read => read.Stamp!.Value.Epoch));
    }

    [Fact]
    public async Task Update_Over64KiB_LeavesTheGrainCallAlone()
    {
        Variable<byte> large = _model.Variable("large", new TensorShape(ShardUpdate.InlineBytesMax + 1), (byte)0);
        using var giveUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(200)); // Nobody serves the data plane here.

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large.AssignAsync(new byte[ShardUpdate.InlineBytesMax + 1], null, giveUp.Token));

        Assert.Empty(_coordinator.Shard("m/0/large").Updates);
    }

    [Fact]
    public async Task SaveAsync_FromInsideAStep_NamesTheSession_AndFromOutsideNone()
    {
        await using Session session = await _model.OpenSessionAsync("worker-0");
        var saver = new Saver(_model);
        await session.StepAsync(async _ => await saver.SaveAsync("model/model.ckpt"));
        Guid? inside = _coordinator.LastSave!.Session;

        await saver.SaveAsync("model/model.ckpt");

        Assert.NotNull(inside);
        Assert.Null(_coordinator.LastSave.Session);
    }

    [Fact]
    public async Task DisposingTheClient_ClosesItsSessions()
    {
        await _model.OpenSessionAsync("worker-0");
        await _v.AssignAsync(1f, 2f);

        await _client.DisposeAsync();

        Assert.Equal(2, _coordinator.Calls.Count(call => call == "CloseSession"));
    }
}
