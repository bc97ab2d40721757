using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>A training job that talks to the grains directly.</summary>
internal sealed class TestJob(CoordinatorCluster cluster, string model, string name = "worker")
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private long _step;

    public string Model => model;

    public ICheckpointCoordinatorGrain Coordinator => cluster.Coordinator(model);

    public ModelDescription Description { get; private set; } = null!;

    public SessionLease Session { get; private set; } = null!;

    public static VariableDefinition Float(string name, long[] shape, int shards = 1, float? decay = null) =>
        new(
            name,
            TensorDType.Float,
            new TensorShape(shape),
            shards,
            true,
            null,
            decay is { } d ? new AverageDefinition(AverageDefinition.DefaultName, d) : null);

    public static Task<TestJob> DefineAsync(CoordinatorCluster cluster, string model, params VariableDefinition[] variables) =>
        DefineAsync(cluster, model, default(ModelPolicies), variables);

    public static async Task<TestJob> DefineAsync(CoordinatorCluster cluster, string model, ModelPolicies policies, params VariableDefinition[] variables)
    {
        TestJob job = new(cluster, model);
        job.Description = await job.Coordinator.DefineAsync(new ModelDefinition(model, [.. variables], policies));
        await job.OpenAsync();
        return job;
    }

    public async Task OpenAsync()
    {
        Session = await Coordinator.OpenSessionAsync(name, Guid.NewGuid());
        Description = await Coordinator.DescribeAsync();
        _step = Session.LastEndedStep;
    }

    /// <summary>Another process of the job.</summary>
    public async Task<TestJob> JoinAsync(string other)
    {
        TestJob job = new(cluster, model, other);
        await job.OpenAsync();
        return job;
    }

    /// <summary>Opens the same session with a coordinator that is new.</summary>
    public async Task RenewAsync(bool isInStep) =>
        await Coordinator.OpenSessionAsync(name, Session.Incarnation, isInStep ? _step : null, Session.Generation);

    /// <summary>The stamp of the step that is open, once more.</summary>
    public Task<StepStamp> BeginAgainAsync() => Coordinator.BeginStepAsync(new StepRequest(Session.Incarnation, Session.Generation, _step));

    public async Task<StepStamp> BeginAsync() => await Coordinator.BeginStepAsync(new StepRequest(Session.Incarnation, Session.Generation, ++_step));

    public Task EndAsync() => Coordinator.EndStepAsync(new StepRequest(Session.Incarnation, Session.Generation, _step));

    /// <summary>Runs a step that gives each named variable new elements.</summary>
    public async Task AssignAsync(UpdateKind kind, params (string Name, float[] Elements)[] values)
    {
        StepStamp stamp = await BeginAsync();
        int ordinal = 0;
        foreach ((string name, float[] elements) in values)
        {
            await UpdateAsync(stamp, kind, name, elements, () => ordinal++);
        }

        await EndAsync();
    }

    public Task InitialiseAsync(params (string Name, float[] Elements)[] values) => AssignAsync(UpdateKind.Initialise, values);

    public async Task UpdateAsync(StepStamp stamp, UpdateKind kind, string name, float[]? elements, Func<int> ordinal)
    {
        VariableDefinition variable = Variable(name);
        for (int index = 0; index < variable.ShardCount; index++)
        {
            byte[]? payload = elements is null ? null : Bytes(variable, index, elements);
            ShardRoute route = Route(name, index);
            await cluster.Shard(route.Shard.ToString()).ApplyAsync(new ShardUpdate(
                route.Incarnation, stamp, new OperationId(Session.Incarnation, stamp.Step, ordinal()), kind, TensorPart.Value, 0, payload, null, null));
        }
    }

    /// <summary>Assigns to one shard of a variable.</summary>
    public async Task UpdateShardAsync(StepStamp stamp, string name, int index, float[] elements)
    {
        ShardRoute route = Route(name, index);
        await cluster.Shard(route.Shard.ToString()).ApplyAsync(new ShardUpdate(
            route.Incarnation,
            stamp,
            new OperationId(Session.Incarnation, stamp.Step, index),
            UpdateKind.Assign,
            TensorPart.Value,
            0,
            MemoryMarshal.AsBytes(elements.AsSpan()).ToArray(),
            null,
            null));
    }

    /// <summary>Adds 1 to a variable, step by step, until a step lies after the cut; says how many did not. None of them is held back.</summary>
    public async Task<int> TrainUntilCutAsync(string variable, long cut)
    {
        float[] one = [.. Enumerable.Repeat(1f, (int)Variable(variable).Shape.ElementCount)];
        using CancellationTokenSource limit = new(Deadline);
        for (int before = 0; ; before++)
        {
            limit.Token.ThrowIfCancellationRequested();
            int ordinal = 0;
            StepStamp stamp = await BeginAsync();
            await UpdateAsync(stamp, UpdateKind.AssignAdd, variable, one, () => ordinal++);
            await EndAsync();
            if (stamp.Cut >= cut)
            {
                return before;
            }
        }
    }

    public Task<OperationStatus> StartSaveAsync(string prefix, long? step, SaveOptions? options = null) =>
        Coordinator.StartSaveAsync(new SaveRequest(Guid.NewGuid(), prefix, step, [], options ?? new SaveOptions(DeadlineSeconds: 30), null));

    /// <summary>Waits until an operation says that it waits for something.</summary>
    public async Task<OperationStatus> WaitForMessageAsync(Guid request, string message)
    {
        using CancellationTokenSource limit = new(Deadline);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            OperationStatus status = await Coordinator.WaitAsync(request, TimeSpan.Zero);
            if (status.Message?.Contains(message, StringComparison.Ordinal) == true)
            {
                return status;
            }

            Assert.False(status.IsDone, status.Message);
        }
    }

    public async Task<float[]> ReadAsync(string name, TensorPart part = TensorPart.Value)
    {
        VariableDefinition variable = Variable(name);
        List<float> elements = [];
        for (int index = 0; index < variable.ShardCount; index++)
        {
            ShardRoute route = Route(name, index);
            ReadOnlyMemory<byte> bytes = await cluster.Shard(route.Shard.ToString()).ReadAsync(
                new ShardRead(route.Incarnation, Description.Generation, part, 0, variable.BytesOf(index)));
            elements.AddRange(MemoryMarshal.Cast<byte, float>(bytes.Span));
        }

        return [.. elements];
    }

    public Task<OperationStatus> SaveAsync(string prefix, long? step = null, SaveOptions? options = null, params TensorBinding[] tensors) =>
        RunAsync(
            Coordinator.StartSaveAsync(
                new SaveRequest(Guid.NewGuid(), prefix, step, [.. tensors], options ?? new SaveOptions(DeadlineSeconds: 30), Session.Incarnation)));

    public async Task<OperationStatus> RestoreAsync(string prefix, params TensorBinding[] tensors)
    {
        OperationStatus status = await RunAsync(
            Coordinator.StartRestoreAsync(new RestoreRequest(Guid.NewGuid(), prefix, [.. tensors], 30, Session.Incarnation)));
        await OpenAsync();
        return status;
    }

    /// <summary>Waits for an operation to end.</summary>
    public async Task<OperationStatus> RunAsync(Task<OperationStatus> start)
    {
        OperationStatus status = await start;
        using CancellationTokenSource limit = new(Deadline);
        while (!status.IsDone)
        {
            limit.Token.ThrowIfCancellationRequested();
            status = await Coordinator.WaitAsync(status.Request, TimeSpan.FromSeconds(5));
        }

        return status;
    }

    /// <summary>Waits until the model is ready in a generation of at least <paramref name="generation"/>.</summary>
    public async Task WaitForGenerationAsync(long generation)
    {
        using CancellationTokenSource limit = new(Deadline);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            ModelDescription description = await Coordinator.DescribeAsync();
            if (description.Generation >= generation && description.Phase is ModelPhase.Ready or ModelPhase.Unloaded)
            {
                return;
            }

            await Task.Yield();
        }
    }

    public static CheckpointException Refused(OperationStatus status)
    {
        Assert.Equal(OperationPhase.Failed, status.Phase);
        return new CheckpointException(status.Error!.Value, status.Message!);
    }

    private VariableDefinition Variable(string name) => Description.Definition.Variables.Single(variable => variable.Name == name);

    private ShardRoute Route(string name, int index) => Description.Routes.Single(route => route.Shard.Variable == name && route.Shard.Index == index);

    private static byte[] Bytes(VariableDefinition variable, int index, float[] elements)
    {
        (long start, long count) = variable.RowsOf(index);
        int rowElements = checked((int)(variable.RowBytes / sizeof(float)));
        return MemoryMarshal.AsBytes(elements.AsSpan((int)start * rowElements, (int)count * rowElements)).ToArray();
    }
}
