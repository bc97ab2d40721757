using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;

namespace Cairn.Client.Tests.Fakes;

/// <summary>A coordinator without a cluster: defines, gives stamps, and writes down what it was asked.</summary>
internal sealed class FakeCoordinator : ICheckpointCoordinatorGrain
{
    private readonly ConcurrentDictionary<string, FakeShard> _shards = new();
    private ModelDefinition? _definition;

    private event Action? Called;

    public long Generation { get; set; } = 1;

    public long Epoch { get; set; } = 1;

    public Uri DataPlane { get; set; } = new("http://127.0.0.1:1");

    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Thrown by the next calls of a name, one each.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<Exception>> Failures { get; } = new();

    /// <summary>Awaited by the next answers of a name, one each, after the call was recorded and before its answer is given.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<Task>> Delays { get; } = new();

    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The newest step of every name that ended.</summary>
    public long LastEndedStep { get; set; } = -1;

    public SaveRequest? LastSave { get; private set; }

    public FakeShard Shard(string name) => _shards.GetOrAdd(name, key => new FakeShard(this, key));

    public void FailNext(string call, params Exception[] failures) =>
        failures.ToList().ForEach(Failures.GetOrAdd(call, _ => new()).Enqueue);

    public void DelayNext(string call, Task until) => Delays.GetOrAdd(call, _ => new()).Enqueue(until);

    /// <summary>Waits until a call was made so often.</summary>
    public async Task CalledAsync(string call, int times)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Called += Check;
        Check();
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Called -= Check;

        void Check()
        {
            if (Calls.Count(each => each == call) >= times)
            {
                reached.TrySetResult();
            }
        }
    }

    public Task<ModelDescription> DefineAsync(ModelDefinition definition) => Answer("Define", () => Describe(_definition = definition));

    public Task<ModelDescription> DescribeAsync() => Answer("Describe", () => Describe(_definition!));

    public Task<ModelStatus> GetStatusAsync() => throw new NotSupportedException();

    public Task DeleteAsync() => Answer("Delete", () => _definition = null);

    public Task<SessionLease> OpenSessionAsync(string name, Guid incarnation, long? openStep = null, long? generation = null, bool isQuiet = false) =>
        Answer($"OpenSession({openStep})", () => (generation ?? Generation) == Generation
            ? new SessionLease(name, incarnation, Generation, LastEndedStep, Lease)
            : throw Stale());

    public Task CloseSessionAsync(Guid incarnation) => Answer("CloseSession", () => true);

    public Task<StepStamp> BeginStepAsync(StepRequest step) => Answer($"BeginStep({step.Step})", () => step.Generation == Generation
        ? new StepStamp(Generation, Epoch, 0, step.Step)
        : throw Stale());

    public Task EndStepAsync(StepRequest step) => Answer($"EndStep({step.Step})", () => true);

    public Task<bool> AbandonStepAsync(StepRequest step) => Answer($"AbandonStep({step.Step})", () => false);

    public Task<OperationStatus> StartSaveAsync(SaveRequest request)
    {
        LastSave = request;
        return Answer("StartSave", () => new OperationStatus(request.Request, OperationPhase.Queued, request.Prefix, 0, 0, Generation, null, null));
    }

    public Task<OperationStatus> StartRestoreAsync(RestoreRequest request) =>
        Answer("StartRestore", () => new OperationStatus(request.Request, OperationPhase.Succeeded, request.Prefix, 0, 0, ++Generation, null, null));

    public Task<OperationStatus> WaitAsync(Guid request, TimeSpan patience) =>
        Answer("Wait", () => new OperationStatus(request, OperationPhase.Succeeded, "model/model.ckpt", 8, 8, Generation, null, null));

    public Task<ImmutableArray<CheckpointSummary>> ListAsync(string folder) => throw new NotSupportedException();

    public Task<string?> LatestAsync(string folder, string stateFileName) => throw new NotSupportedException();

    public Task PinAsync(string prefix) => Answer($"Pin({prefix})", () => true);

    public Task UnpinAsync(string prefix) => Answer($"Unpin({prefix})", () => true);

    public Task<DrainStatus> DrainSiloAsync(SiloAddress silo, TimeSpan timeLeft) => throw new NotSupportedException();

    public Task ReportShardAsync(ShardReport report) => throw new NotSupportedException();

    internal T Record<T>(string call, Func<T> answer)
    {
        Calls.Enqueue(call);
        Called?.Invoke();
        string name = NameOf(call);
        if (Failures.TryGetValue(name, out ConcurrentQueue<Exception>? failures) && failures.TryDequeue(out Exception? failure))
        {
            throw failure;
        }

        return answer();
    }

    // A failure is a failed task, as it is with a grain.
    private async Task<T> Answer<T>(string call, Func<T> answer)
    {
        await Task.Yield();
        if (Delays.TryGetValue(NameOf(call), out ConcurrentQueue<Task>? delays) && delays.TryDequeue(out Task? until))
        {
            T late = Record(call, answer);
            await until;
            return late;
        }

        return Record(call, answer);
    }

    private StaleGenerationException Stale() =>
        new($"The model is at generation {Generation}.", Generation, "model/model.ckpt", LastEndedStep + 1);

    private static string NameOf(string call) => call.Split('(')[0];

    private ModelDescription Describe(ModelDefinition definition)
    {
        var routes = from variable in definition.Variables
                     from shard in Enumerable.Range(0, variable.ShardCount)
                     let id = new ShardId(definition.Name, variable.Name, shard)
                     select new ShardRoute(id, Shard(id.ToString()).Incarnation, DataPlane);
        return new ModelDescription(definition, ModelPhase.Ready, Generation, Epoch, [.. routes], null, null);
    }
}
