using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Contracts.Steps;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Routing;
using Cairn.Grains.Coordination.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Storage;

namespace Cairn.Grains.Coordination;

/// <summary>The grain that a <see cref="ModelCoordinator"/> runs in: its activation, its timer, its calls.</summary>
/// <remarks>Reentrant: the coordinator's long work runs beside its calls.</remarks>
[Reentrant, KeepAlive, Immovable]
internal sealed class CheckpointCoordinatorGrain(
    [FromKeyedServices(RecordGrainStorage.ProviderName)] IGrainStorage storage,
    CoordinatorServices services,
    ISiloStatusOracle silos,
    ISiloServiceClient siloServices)
    : Grain, ICheckpointCoordinatorGrain
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);

    private ModelCoordinator _coordinator = null!;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _coordinator = new ModelCoordinator(
            this.GetPrimaryKeyString(),
            services,
            new RecordPersistence(storage, this.GetGrainId()),
            GrainFactory,
            new SiloMembership(silos),
            siloServices);
        await _coordinator.EnterAsync(cancellationToken);
        this.RegisterGrainTimer(Tick, new GrainTimerCreationOptions(TickPeriod, TickPeriod) { Interleave = true });
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _coordinator.End();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ModelDescription> DefineAsync(ModelDefinition definition) => _coordinator.DefineAsync(definition);

    /// <inheritdoc/>
    public Task<ModelDescription> DescribeAsync() => _coordinator.DescribeAsync();

    /// <inheritdoc/>
    public Task<ModelStatus> GetStatusAsync() => Task.FromResult(_coordinator.GetStatus());

    /// <inheritdoc/>
    public Task DeleteAsync() => _coordinator.DeleteAsync();

    /// <inheritdoc/>
    public Task<SessionLease> OpenSessionAsync(string name, Guid incarnation, long? openStep = null, long? generation = null, bool isQuiet = false) =>
        _coordinator.OpenSessionAsync(new SessionOpening(name, incarnation, openStep, generation, isQuiet));

    /// <inheritdoc/>
    public Task CloseSessionAsync(Guid incarnation) => _coordinator.CloseSessionAsync(incarnation);

    /// <inheritdoc/>
    public Task<StepStamp> BeginStepAsync(StepRequest step) => _coordinator.BeginStepAsync(step);

    /// <inheritdoc/>
    public Task EndStepAsync(StepRequest step) => _coordinator.EndStepAsync(step);

    /// <inheritdoc/>
    public Task<bool> AbandonStepAsync(StepRequest step) => _coordinator.AbandonStepAsync(step);

    /// <inheritdoc/>
    public Task<OperationStatus> StartSaveAsync(SaveRequest request) => Task.FromResult(_coordinator.StartSave(request));

    /// <inheritdoc/>
    public Task<OperationStatus> StartRestoreAsync(RestoreRequest request) => Task.FromResult(_coordinator.StartRestore(request));

    /// <inheritdoc/>
    public Task<OperationStatus> WaitAsync(Guid request, TimeSpan patience) => _coordinator.WaitAsync(request, patience);

    /// <inheritdoc/>
    public Task<ImmutableArray<CheckpointSummary>> ListAsync(string folder) => _coordinator.ListAsync(folder);

    /// <inheritdoc/>
    public Task<string?> LatestAsync(string folder, string stateFileName) => _coordinator.LatestAsync(folder, stateFileName);

    /// <inheritdoc/>
    public Task PinAsync(string prefix) => _coordinator.PinAsync(prefix);

    /// <inheritdoc/>
    public Task UnpinAsync(string prefix) => _coordinator.UnpinAsync(prefix);

    /// <inheritdoc/>
    public Task<DrainStatus> DrainSiloAsync(SiloAddress silo, TimeSpan timeLeft) => _coordinator.DrainSiloAsync(silo, timeLeft);

    /// <inheritdoc/>
    public Task ReportShardAsync(ShardReport report)
    {
        _coordinator.ReportShard(report);
        return Task.CompletedTask;
    }

    private Task Tick(CancellationToken cancellationToken)
    {
        if (!_coordinator.Tick())
        {
            DeactivateOnIdle();
        }

        return Task.CompletedTask;
    }
}
