using Cairn.Contracts.Silos;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Shards;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Cairn.Grains.Variables.Silos;

/// <summary>The service of this silo: starts its writers and loaders, and says how they stand.</summary>
[Reentrant]
internal sealed class SiloService(GrainId id, Silo host, ILoggerFactory loggerFactory, SiloWorkshop workshop, IDataPlaneAddress dataPlane)
    : GrainService(id, host, loggerFactory), ISiloService
{
    /// <inheritdoc/>
    public Task<SiloDescription> DescribeAsync()
    {
        Uri address = dataPlane.Current ?? throw new CheckpointException(CheckpointError.TryAgain,
            $"Silo {Silo} does not serve its data plane yet. Try again.");
        return Task.FromResult(new SiloDescription(Silo, address, workshop.Shards.Pool.BytesMax, workshop.Shards.Pool.UsedBytes, workshop.Shards.IsDraining));
    }

    /// <inheritdoc/>
    public Task StartDataFileAsync(DataFileTicket ticket)
    {
        workshop.StartDataFile(ticket);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartLoadAsync(LoadTicket ticket)
    {
        workshop.StartLoad(ticket);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartPullAsync(PullTicket ticket)
    {
        workshop.StartPull(ticket);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<WorkStatus> WaitAsync(Guid work, TimeSpan patience) => workshop.Works.WaitAsync(work, patience);

    /// <inheritdoc/>
    public Task DropAsync(Guid work) => workshop.DropAsync(work);
}
