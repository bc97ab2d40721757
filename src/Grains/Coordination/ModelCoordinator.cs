using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Contracts.Steps;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Definitions;
using Cairn.Grains.Coordination.HandOvers;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Recovery;
using Cairn.Grains.Coordination.Routing;
using Cairn.Grains.Coordination.Saving;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Coordination;

/// <summary>The coordinator of one model: a shell around the rules. It decides and never touches tensor bytes; what must outlive it is in the record.</summary>
/// <remarks>
/// It knows nothing of the grain that it runs in. Its calls come one after another and may overlap where they wait: its long work runs beside them, in turns
/// (<see cref="OperationTable"/>). Time comes from the clock and ids from <see cref="CoordinatorServices.NewId"/> only, and no wait leaves the caller's
/// scheduler, so that a run can be repeated.
/// </remarks>
/// <param name="name">The model.</param>
/// <param name="services">What the coordinators of the silo share.</param>
/// <param name="state">The record in the store; <see cref="EnterAsync"/> reads it.</param>
/// <param name="grains">Reaches the shards.</param>
/// <param name="silos">Which silos there are.</param>
/// <param name="siloServices">Reaches them.</param>
internal sealed class ModelCoordinator(
    string name,
    CoordinatorServices services,
    IPersistentState<RecordState> state,
    IGrainFactory grains,
    ISiloMembership silos,
    ISiloServiceClient siloServices)
{
    private static readonly TimeSpan WaitPatienceMax = TimeSpan.FromSeconds(10);

    private readonly LiveModel _model = new(name);

    // Made by EnterAsync; while there is a refusal nothing is asked of them.
    private CoordinatorParts _parts = null!;
    private OperationTable _operations = null!;
    private DefinitionDesk _definitions = null!;
    private OperationDesk _saves = null!;
    private RecoveryWatch _watch = null!;
    private DrainDesk _drains = null!;
    private SessionDesk _sessions = null!;
    private SessionFence _fence = null!;
    private OwnSaves _ownSaves = null!;
    private CheckpointException? _refusal;

    /// <summary>Reads the record and raises the epoch in it. Called once, before anything else.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        try
        {
            await state.ReadStateAsync();
            Build();
            if (_parts.Record.Current.Revision == 0)
            {
                return; // Nothing was ever defined under this name: asking for it leaves no trace.
            }

            CoordinatorRecord record = await _parts.Record.ChangeAsync(
                before => before.Enter(services.Cluster, services.Options.TakeOver), cancellationToken);
            services.Log.Entered(name, record.Epoch, record.Generation);
            await _definitions.BeginAsync(record, cancellationToken);
            _watch.LookInto("the coordinator begins");
        }
        catch (CheckpointException refused)
        {
            _refusal = refused; // Every call that waits is told so, then the coordinator ends: the next one tries again.
        }
    }

    /// <summary>Ends it: nothing that still runs reaches the record any more.</summary>
    public void End()
    {
        _operations?.Dispose();
        _parts?.Record.Dispose();
    }

    /// <summary>Sees to what time brings: leases, losses, deletions. To be called about once a second. False: this coordinator is of no use any more; end
    /// it.</summary>
    public bool Tick()
    {
        if (_refusal is not null || _parts.Record.IsSuperseded)
        {
            services.Log.Ends(name, _refusal?.Message ?? "another coordinator has taken over");
            return false;
        }

        if (_parts.Record.Current.Revision == 0 && !_operations.Turns.IsBusy)
        {
            return false; // Somebody asked for a name that nothing is defined under.
        }

        _sessions.ExpireInBackground(); // Also while the silo leaves: the saves that run to their end may wait for these very steps.
        if (_model.Phase is ModelPhase.Ready or ModelPhase.Unloaded)
        {
            _fence.Resume();
        }

        _watch.Tick();
        if (!silos.IsLeaving)
        {
            _ownSaves.Tick();
        }

        return true;
    }

    /// <summary>Defines the model and places its shards. A no-op if it is defined the same.</summary>
    public async Task<ModelDescription> DefineAsync(ModelDefinition definition)
    {
        RequireEntered();
        await _definitions.DefineAsync(definition);
        return Describe();
    }

    /// <summary>The definition and where the shards are.</summary>
    public async Task<ModelDescription> DescribeAsync()
    {
        RequireEntered();
        _model.RequireDefinition();
        await _model.WaitUntilAsync(model => model.Phase != ModelPhase.Loading, WaitPatienceMax, services.Time, CancellationToken.None);
        return Describe();
    }

    /// <summary>How the model stands.</summary>
    public ModelStatus GetStatus()
    {
        RequireEntered();
        CoordinatorRecord record = _parts.Record.Current;
        return new ModelStatus(
            name,
            _model.Phase,
            record.Generation,
            record.Epoch,
            record.Base?.Whole.Prefix,
            _model.Sessions.Sessions.Values.Count(session => session.Name is not null),
            _operations.Statuses);
    }

    /// <summary>Deletes the model: its live state goes, its checkpoints stay.</summary>
    public Task DeleteAsync()
    {
        RequireEntered();
        return _definitions.DeleteAsync();
    }

    /// <summary>Opens a session, or renews its lease.</summary>
    public async Task<SessionLease> OpenSessionAsync(SessionOpening session)
    {
        RequireEntered();
        await _sessions.RequireGenerationAsync(session);
        await RequireWorkingAsync();
        return await _sessions.OpenAsync(session);
    }

    /// <summary>Closes a session; an open step is abandoned.</summary>
    public Task CloseSessionAsync(Guid incarnation)
    {
        RequireEntered();
        return _sessions.CloseAsync(incarnation);
    }

    /// <summary>Begins a step.</summary>
    public async Task<StepStamp> BeginStepAsync(StepRequest step)
    {
        await RequireWorkingAsync(step);
        return await _sessions.BeginStepAsync(step);
    }

    /// <summary>Ends a step whose updates are all acknowledged.</summary>
    public async Task EndStepAsync(StepRequest step)
    {
        await RequireWorkingAsync(step);
        _sessions.EndStep(step);
    }

    /// <summary>Gives up a step. True when it was torn.</summary>
    public async Task<bool> AbandonStepAsync(StepRequest step)
    {
        await RequireWorkingAsync(step);
        return await _sessions.AbandonStepAsync(step);
    }

    /// <summary>Starts a save; a repeat returns how it stands.</summary>
    public OperationStatus StartSave(SaveRequest request)
    {
        RequireEntered();
        return _saves.StartSave(request);
    }

    /// <summary>Starts a restore; a repeat returns how it stands.</summary>
    public OperationStatus StartRestore(RestoreRequest request)
    {
        RequireEntered();
        return _saves.StartRestore(request);
    }

    /// <summary>Waits until an operation ends, 10 s at most, and says how it stands.</summary>
    public Task<OperationStatus> WaitAsync(Guid request, TimeSpan patience)
    {
        RequireEntered();
        return _saves.WaitAsync(request, patience < WaitPatienceMax ? patience : WaitPatienceMax);
    }

    /// <summary>The committed checkpoints of a folder, the oldest first.</summary>
    public async Task<ImmutableArray<CheckpointSummary>> ListAsync(string folder)
    {
        ImmutableArray<CheckpointListing> found = await CheckpointFolder.ListAsync(services.Store, StorePaths.Folder(folder, services.Store.Address));
        ImmutableArray<string> pins = _refusal is null ? _parts.Record.Current.Pins : [];
        return [.. found.Select(one => new CheckpointSummary(one.Prefix.Value, one.LastModified, one.IsLatest, pins.Contains(one.Prefix.Value)))];
    }

    /// <summary>The checkpoint that the folder's state file names as the latest, or null.</summary>
    public async Task<string?> LatestAsync(string folder, string stateFileName) =>
        (await CheckpointFolder.LatestAsync(services.Store, StorePaths.Folder(folder, services.Store.Address), stateFileName)).Prefix?.Value;

    /// <summary>Keeps a checkpoint from retention and from being replaced.</summary>
    public async Task PinAsync(string prefix)
    {
        RequireEntered();
        await RequireWorkingAsync(); // Recovered, so that no deletion of a predecessor is on its way.
        await _parts.Commits.Pins.PinAsync(StorePaths.Prefix(prefix, services.Store.Address), CancellationToken.None);
    }

    /// <summary>Ends the pin of a checkpoint.</summary>
    public async Task UnpinAsync(string prefix)
    {
        RequireEntered();
        await RequireWorkingAsync();
        await _parts.Commits.Pins.UnpinAsync(StorePaths.Prefix(prefix, services.Store.Address), CancellationToken.None);
    }

    /// <summary>Hands over the shards of a silo that is being stopped.</summary>
    public Task<DrainStatus> DrainSiloAsync(SiloAddress silo, TimeSpan timeLeft)
    {
        RequireEntered();
        return _drains.DrainAsync(silo, timeLeft, WaitPatienceMax);
    }

    /// <summary>Takes in that an activation of a shard is there.</summary>
    public void ReportShard(ShardReport report)
    {
        if (_refusal is null && !report.IsAdmitted && !_parts.Shards.IsMoving(report.Shard)
            && _model.Map.Places.TryGetValue(report.Shard, out ShardPlace? place) && place.Incarnation != report.Incarnation)
        {
            _watch.Replaced(report.Shard, report.Silo);
        }
    }

    private void Build()
    {
        _parts = services.Build(new RecordLedger(name, services.Cluster, state, services.Time, services.NewId()), grains, silos, siloServices);
        _operations = new OperationTable(name, services.Options, services.Time);
        SessionNames names = new(_parts.Record);
        _ownSaves = new OwnSaves(_model, _parts, request => _saves.StartSave(request, isOwn: true));
        TearWatch tears = new(_model, _parts, names, _ownSaves);
        _fence = new SessionFence(_model, _parts, Torn, (cause, generation) => _watch.Lost(cause, generation));
        ModelRecovery recovery = new(_model, _parts, _fence.Resume);
        _watch = new RecoveryWatch(_model, _parts, _operations, recovery, () => silos.IsLeaving);
        _sessions = new SessionDesk(_model, _parts, _fence, names, tears);
        _definitions = new DefinitionDesk(_model, _parts, services, _operations, recovery);
        _drains = new DrainDesk(_model, _parts, _operations);
        _saves = new OperationDesk(_model, _parts, services.Store.Address, _operations, recovery);

        void Torn(string session, string cause, long generation)
        {
            tears.Tore(session);
            _watch.Torn(cause, generation);
        }
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

    private async Task RequireWorkingAsync(StepRequest step)
    {
        RequireEntered();
        await _sessions.RequireGenerationAsync(step);
        await RequireWorkingAsync();
    }

    private async Task RequireWorkingAsync()
    {
        _model.RequireDefinition();
        await _model.RequireSettledAsync(WaitPatienceMax, services.Time, CancellationToken.None);
    }
}
