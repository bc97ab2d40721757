using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Contracts.Steps;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Definitions;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Recovery;
using Cairn.Grains.Coordination.Restoring;
using Cairn.Grains.Coordination.Routing;
using Cairn.Grains.Coordination.Saving;
using Cairn.Grains.Coordination.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Storage;

namespace Cairn.Grains.Coordination;

/// <summary>The coordinator of one model: a shell around the rules. It decides and never touches tensor bytes; what must outlive it is in the record.</summary>
/// <remarks>Reentrant: its long work runs beside its calls, in turns, one operation at a time (<see cref="OperationTable"/>).</remarks>
[Reentrant, KeepAlive, Immovable]
internal sealed class CheckpointCoordinatorGrain(
    [FromKeyedServices(RecordGrainStorage.ProviderName)] IGrainStorage storage,
    CoordinatorServices services,
    ISiloStatusOracle silos,
    ISiloServiceClient siloServices)
    : Grain, ICheckpointCoordinatorGrain
{
    // Below Orleans' limit of a call (30 s), so that the caller hears a refusal and not a timeout.
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan WaitPatienceMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);

    // Made on activation; while there is a refusal nothing is asked of them.
    private LiveModel _model = null!;
    private CoordinatorParts _parts = null!;
    private OperationTable _operations = null!;
    private ModelRecovery _recovery = null!;
    private RecoveryWatch _watch = null!;
    private SessionDesk _sessions = null!;
    private CheckpointException? _refusal;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        string name = this.GetPrimaryKeyString();
        RecordPersistence state = new(storage, this.GetGrainId());
        try
        {
            await state.ReadStateAsync();
            Build(name, state);
            await EnterAsync(cancellationToken);
        }
        catch (CheckpointException refused)
        {
            _refusal = refused; // Every call that waits is told so, then the activation ends: the next one tries again.
        }

        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TickPeriod, TickPeriod) { Interleave = true });
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _operations?.Dispose();
        _parts?.Record.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<ModelDescription> DefineAsync(ModelDefinition definition)
    {
        RequireEntered();
        ModelDefinition wanted = DefinitionRules.Require(definition, services.Options);
        if (wanted.Name != _model.Name)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"The definition of model '{wanted.Name}' was sent to the coordinator of '{_model.Name}'.");
        }

        if (_model.Definition is null)
        {
            await InTurnAsync(() => DefineOnceAsync(wanted));
        }

        DefinitionRules.RequireSame(_model.RequireDefinition(), wanted);
        await _model.RequireSettledAsync(CallPatience, services.Time, CancellationToken.None);
        return Describe();
    }

    /// <inheritdoc/>
    public async Task<ModelDescription> DescribeAsync()
    {
        RequireEntered();
        _model.RequireDefinition();
        await _model.WaitUntilAsync(model => model.Phase != ModelPhase.Loading, WaitPatienceMax, services.Time, CancellationToken.None);
        return Describe();
    }

    /// <inheritdoc/>
    public Task<ModelStatus> GetStatusAsync()
    {
        RequireEntered();
        CoordinatorRecord record = _parts.Record.Current;
        return Task.FromResult(new ModelStatus(
            _model.Name,
            _model.Phase,
            record.Generation,
            record.Epoch,
            record.Base?.Whole.Prefix,
            _model.Sessions.Sessions.Values.Count(session => session.Name is not null),
            _operations.Statuses));
    }

    /// <inheritdoc/>
    public async Task DeleteAsync()
    {
        RequireEntered();
        if (_model.Definition is not null || _parts.Record.Current is { IsDeleted: true, Folders.IsEmpty: false })
        {
            await InTurnAsync(DeleteOnceAsync);
        }
    }

    /// <inheritdoc/>
    public async Task<SessionLease> OpenSessionAsync(string name, Guid incarnation, long? openStep = null, long? generation = null)
    {
        RequireEntered();
        SessionOpening session = new(name, incarnation, openStep, generation);
        _sessions.RequireGeneration(session);
        await RequireWorkingAsync();
        return await _sessions.OpenAsync(session);
    }

    /// <inheritdoc/>
    public async Task CloseSessionAsync(Guid incarnation)
    {
        RequireEntered();
        await _sessions.CloseAsync(incarnation);
    }

    /// <inheritdoc/>
    public async Task<StepStamp> BeginStepAsync(StepRequest step)
    {
        RequireEntered();
        _sessions.RequireGeneration(step);
        await RequireWorkingAsync();
        return await _sessions.BeginStepAsync(step);
    }

    /// <inheritdoc/>
    public async Task EndStepAsync(StepRequest step)
    {
        RequireEntered();
        _sessions.RequireGeneration(step);
        await RequireWorkingAsync();
        _sessions.EndStep(step);
    }

    /// <inheritdoc/>
    public async Task<bool> AbandonStepAsync(StepRequest step)
    {
        RequireEntered();
        _sessions.RequireGeneration(step);
        await RequireWorkingAsync();
        return await _sessions.AbandonStepAsync(step);
    }

    /// <inheritdoc/>
    public Task<OperationStatus> StartSaveAsync(SaveRequest request)
    {
        RequireEntered();
        ModelDefinition definition = _model.RequireDefinition();
        if (Known(request.Request) is { } known)
        {
            return Task.FromResult(known);
        }

        string path = CheckpointPaths.Prefix(request.Prefix, request.GlobalStep, request.Options.PadStep);
        CheckpointPaths.RequireNoCollision(request.Prefix, request.GlobalStep, latestFileName: request.Options.StateFileName);
        CheckpointPrefix prefix = StorePaths.Prefix(path, services.Store.Address);
        ImmutableArray<SelectedTensor> tensors = TensorSelection.ForSave(definition, request.Tensors);
        _model.Sessions.RequireOutsideStep(request.Session, "save");
        SaveJob job = new(_model, _parts, request, prefix, tensors);
        return Task.FromResult(Start(request.Request, "save", prefix, request.Options.DeadlineSeconds, job.RunAsync));
    }

    /// <inheritdoc/>
    public Task<OperationStatus> StartRestoreAsync(RestoreRequest request)
    {
        RequireEntered();
        ModelDefinition definition = _model.RequireDefinition();
        if (Known(request.Request) is { } known)
        {
            return Task.FromResult(known);
        }

        CheckpointPrefix prefix = StorePaths.Prefix(request.Prefix, services.Store.Address);
        ImmutableArray<SelectedTensor> tensors = TensorSelection.ForRestore(definition, request.Tensors);
        _model.Sessions.RequireOutsideStep(request.Session, "restore");
        RestoreJob job = new(_model, _parts, _recovery, request, prefix, tensors);
        return Task.FromResult(Start(request.Request, "restore", prefix, request.DeadlineSeconds, job.RunAsync));
    }

    /// <inheritdoc/>
    public async Task<OperationStatus> WaitAsync(Guid request, TimeSpan patience)
    {
        RequireEntered();
        if (_operations.Find(request) is { } operation)
        {
            TimeSpan limit = patience < WaitPatienceMax ? patience : WaitPatienceMax;
            if (limit > TimeSpan.Zero)
            {
                await Task.WhenAny(operation.Done, Task.Delay(limit, services.Time));
            }

        }

        return Known(request) ?? throw new CheckpointException(
            CheckpointError.NotFound,
            $"Model '{_model.Name}' knows no request {request}: it ended long ago, or the coordinator that took it died before it began. Start it again.");
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<CheckpointSummary>> ListAsync(string folder)
    {
        string name = StorePaths.Folder(folder, services.Store.Address);
        ImmutableArray<CheckpointListing> found = await CheckpointFolder.ListAsync(services.Store, name);
        return [.. found.Select(listing => new CheckpointSummary(listing.Prefix.Value, listing.LastModified, listing.IsLatest))];
    }

    /// <inheritdoc/>
    public async Task<string?> LatestAsync(string folder, string stateFileName)
    {
        string name = StorePaths.Folder(folder, services.Store.Address);
        return (await CheckpointFolder.LatestAsync(services.Store, name, stateFileName)).Prefix?.Value;
    }

    /// <inheritdoc/>
    public Task ReportShardAsync(ShardReport report)
    {
        if (_refusal is null && !report.IsAdmitted
            && _model.Map.Places.TryGetValue(report.Shard, out ShardPlace? place) && place.Incarnation != report.Incarnation)
        {
            _watch.Replaced(report.Shard, report.Silo);
        }

        return Task.CompletedTask;
    }

    private bool IsStopping => silos.CurrentStatus is not (SiloStatus.Active or SiloStatus.Joining);

    private void Build(string name, RecordPersistence state)
    {
        _model = new LiveModel(name);
        _parts = services.Build(new RecordLedger(name, services.Cluster, state, services.Time), GrainFactory, silos, siloServices);
        _operations = new OperationTable(name, services.Options, services.Time);
        _recovery = new ModelRecovery(_model, _parts);
        _watch = new RecoveryWatch(_model, _parts, _operations, _recovery, () => IsStopping);
        _sessions = new SessionDesk(_model, _parts, _watch.Torn);
    }

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (_parts.Record.Current.Revision == 0)
        {
            return; // Nothing was ever defined under this name: asking for it leaves no trace.
        }

        CoordinatorRecord record = await _parts.Record.ChangeAsync(before => before.Enter(services.Cluster, services.Options.TakeOver), cancellationToken);
        services.Log.Entered(_model.Name, record.Epoch, record.Generation);
        if (record.Definition is { } address)
        {
            BlobContent document = await services.Store.TryReadAsync(address.BlobName, DefinitionDocument.LengthBytesMax, cancellationToken)
                ?? throw new CheckpointException(
                    CheckpointError.Corrupt, $"The definition '{address.BlobName}' of model '{_model.Name}' is missing in {services.Store.Address}.");
            _model.Begin(DefinitionDocument.Read(document.Bytes, address.BlobName), record.Generation, record.Epoch);
        }

        _watch.LookInto("the coordinator begins");
    }

    private async Task DefineOnceAsync(ModelDefinition definition)
    {
        if (_model.Definition is not null)
        {
            return; // Somebody else defined it while this call waited its turn.
        }

        ReadOnlyMemory<byte> document = DefinitionDocument.Write(definition);
        DefinitionAddress address = DefinitionDocument.AddressOf(document.Span);
        await _recovery.RequireRoomAsync(definition);
        await services.Store.TryWriteAsync(
            address.BlobName, document, BlobCondition.IfAbsent, CancellationToken.None); // There already: the same bytes, by its name.
        CoordinatorRecord record = await _parts.Record.ChangeAsync(
            before => (before.Epoch == 0 ? before.Enter(services.Cluster, services.Options.TakeOver) : before).Define(address));
        _model.Begin(definition, record.Generation, record.Epoch);
        try
        {
            await _recovery.PlaceAsync();
        }
        catch (CheckpointException lost)
        {
            _model.Suspect(lost.Message); // It is defined: placing it goes on.
            throw new CheckpointException(CheckpointError.TryAgain, $"Model '{_model.Name}' is defined, and its shards are being placed: {lost.Message}", lost);
        }
    }

    private async Task DeleteOnceAsync()
    {
        if (_model.Definition is not { } definition)
        {
            await FinishDeletionAsync();
            return;
        }

        await _parts.Commits.RecoverAsync(CancellationToken.None);
        long epoch = (await _parts.Record.ChangeAsync(record => record.Delete())).Epoch;
        ShardMap map = _model.Map;
        _model.End();
        try
        {
            await _parts.Shards.OrderAsync([.. map.Places.Keys], map, "retire", (grain, _, _) => grain.RetireAsync(epoch), CancellationToken.None);
        }
        catch (CheckpointException gone)
        {
            services.Log.RecoveryFailed(definition.Name, gone.Message); // A shard that does not answer is not admitted again by anybody.
        }

        await FinishDeletionAsync();
    }

    private Task FinishDeletionAsync() =>
        _parts.Record.Current.IsDeleted ? _parts.Commits.DeleteModelAsync(CancellationToken.None) : Task.CompletedTask;

    private OperationStatus Start(Guid request, string kind, CheckpointPrefix prefix, double deadlineSeconds, Func<Operation, Task> job)
    {
        long begun = services.Time.GetTimestamp();
        services.Log.Begins(_model.Name, kind, prefix.Value);
        return _operations.Start(request, prefix.Value, deadlineSeconds, PrepareAsync, async operation =>
        {
            if (_model.Phase == ModelPhase.Loading)
            {
                return false;
            }

            try
            {
                await job(operation);
                services.Log.Done(_model.Name, kind, prefix.Value, services.Time.GetElapsedTime(begun).TotalSeconds, operation.Status.TotalBytes);
                return true;
            }
            catch (Exception fault)
            {
                services.Log.Failed(_model.Name, kind, prefix.Value, fault);
                throw;
            }
        }).Status;
    }

    // Not in the operation's turn: in that the recovery runs which it waits for.
    private async Task PrepareAsync(Operation operation)
    {
        if (_model.Phase == ModelPhase.Loading)
        {
            operation.Enter(OperationPhase.Queued, "waited for the model to load");
            await _model.RequireSettledAsync(operation.Deadline, services.Time, operation.Token);
        }
    }

    private OperationStatus? Known(Guid request)
    {
        // What was undecided when its operation ended may be decided by now.
        OperationStatus? status = _operations.Find(request)?.Status;
        if (status is not null and not { Error: CheckpointError.Undecided })
        {
            return status;
        }

        if (_parts.Record.Current.FindOutcome(request) is not { } outcome)
        {
            return status;
        }

        OperationPhase phase = outcome.Error is null ? OperationPhase.Succeeded : OperationPhase.Failed;
        return new OperationStatus(request, phase, outcome.Prefix, 0, 0, outcome.Generation, outcome.Error, outcome.Message);
    }

    private ModelDescription Describe()
    {
        CoordinatorRecord record = _parts.Record.Current;
        ModelDefinition definition = _model.RequireDefinition();
        return new ModelDescription(
            definition, _model.Phase, record.Generation, record.Epoch, _model.Map.Routes(definition), record.Base?.Whole.Prefix, _model.Fault);
    }

    private void RequireEntered()
    {
        if (_refusal is not null)
        {
            throw new CheckpointException(_refusal.Error, _refusal.Message, _refusal);
        }
    }

    private async Task RequireWorkingAsync()
    {
        RequireEntered();
        _model.RequireDefinition();
        await _model.RequireSettledAsync(WaitPatienceMax, services.Time, CancellationToken.None);
    }

    private async Task InTurnAsync(Func<Task> work)
    {
        using CancellationTokenSource limit = new(CallPatience, services.Time);
        try
        {
            await _operations.InTurnAsync(work, limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new CheckpointException(
                CheckpointError.TryAgain, $"Model '{_model.Name}' is busy with a save, a restore or a recovery; try again when it has ended.");
        }
    }

    private Task TickAsync(CancellationToken cancellationToken)
    {
        if (_refusal is not null || _parts.Record.IsSuperseded)
        {
            services.Log.Ends(this.GetPrimaryKeyString(), _refusal?.Message ?? "another coordinator has taken over");
            DeactivateOnIdle();
            return Task.CompletedTask;
        }

        if (IsStopping)
        {
            return Task.CompletedTask;
        }

        if (_parts.Record.Current.Revision == 0 && !_operations.IsBusy)
        {
            DeactivateOnIdle(); // Somebody asked for a name that nothing is defined under.
            return Task.CompletedTask;
        }

        _sessions.ExpireInBackground();
        _watch.Tick();
        return Task.CompletedTask;
    }
}
