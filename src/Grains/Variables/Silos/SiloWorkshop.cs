using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Grains.Variables.Shards;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cairn.Grains.Variables.Silos;

/// <summary>The writers and loaders of one silo.</summary>
internal sealed class SiloWorkshop(IBlobStore store, SiloShards shards, IOptions<VariablesOptions> options, TimeProvider time, ILogger<SiloWorkshop> logger)
{
    private readonly BlockPool _blocks = new(options);

    /// <summary>What the silo holds.</summary>
    public SiloShards Shards => shards;

    /// <summary>The work.</summary>
    public SiloWorks Works { get; } = new(time, options, logger);

    /// <summary>Starts to write a data file.</summary>
    public void StartDataFile(DataFileTicket ticket) => Works.Start(ticket.Attempt, async (progress, cancellationToken) =>
    {
        var writer = new DataFileWriter(store, _blocks, shards.Sealed);
        DataFileReceipt receipt = await writer.WriteAsync(ticket, progress, cancellationToken).ConfigureAwait(false);
        return new WorkStatus(true, progress.DoneBytes, progress.TotalBytes, null, null, receipt, null);
    });

    /// <summary>Starts to stage a load.</summary>
    public void StartLoad(LoadTicket ticket) => Works.Start(ticket.Load, async (progress, cancellationToken) =>
    {
        var loader = new ShardLoader(store, _blocks, shards.Pool, shards.Staged);
        LoadReceipt receipt = await loader.LoadAsync(ticket, progress, cancellationToken).ConfigureAwait(false);
        return new WorkStatus(true, progress.DoneBytes, progress.TotalBytes, null, null, null, receipt);
    });

    /// <summary>Gives work up and frees what it staged. What the store still holds on to is freed by the sweep.</summary>
    public async Task DropAsync(Guid work)
    {
        await Works.DropAsync(work).ConfigureAwait(false);
        shards.Staged.Drop(work);
    }

    /// <summary>Frees what was forgotten or not claimed in time.</summary>
    public void Sweep()
    {
        shards.Bodies.Sweep();
        shards.Leases.Sweep();
        foreach (Guid work in Works.Sweep())
        {
            shards.Staged.Drop(work);
        }
    }
}
