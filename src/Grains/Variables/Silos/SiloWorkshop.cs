using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Grains.Variables.Shards;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cairn.Grains.Variables.Silos;

/// <summary>The writers, loaders and fetchers of one silo, and its checksums of what saves freeze.</summary>
internal sealed class SiloWorkshop : IDisposable
{
    private readonly IBlobStore _store;
    private readonly SiloAddress _silo;
    private readonly VariablesOptions _options;
    private readonly BlockPool _blocks;
    private readonly HttpClient _http = PullClient.Make();

    public SiloWorkshop(
        IBlobStore store, SiloShards shards, IOptions<VariablesOptions> options, TimeProvider time, ILocalSiloDetails silo, ILogger<SiloWorkshop> logger)
    {
        _store = store;
        _silo = silo.SiloAddress;
        _options = options.Value;
        _blocks = new BlockPool(options);
        Works = new SiloWorks(time, options, logger);
        Shards = shards;
        Shards.Sealed.Frozen = new FrozenSummer().Add;
    }

    /// <summary>What the silo holds.</summary>
    public SiloShards Shards { get; }

    /// <summary>The work.</summary>
    public SiloWorks Works { get; }

    /// <summary>Starts to write a data file.</summary>
    public void StartDataFile(DataFileTicket ticket) => Works.Start(ticket.Attempt, async (progress, cancellationToken) =>
    {
        var writer = new DataFileWriter(_store, _blocks, Shards.Sealed, _silo, _options.ReadsBack);
        DataFileReceipt receipt = await writer.WriteAsync(ticket, progress, cancellationToken).ConfigureAwait(false);
        return new WorkStatus(true, progress.DoneBytes, progress.TotalBytes, null, null, receipt, null);
    });

    /// <summary>Starts to stage a load.</summary>
    public void StartLoad(LoadTicket ticket) => Works.Start(ticket.Load, async (progress, cancellationToken) =>
    {
        var loader = new ShardLoader(_store, _blocks, Shards.Pool, Shards.Staged);
        LoadReceipt receipt = await loader.LoadAsync(ticket, progress, cancellationToken).ConfigureAwait(false);
        return new WorkStatus(true, progress.DoneBytes, progress.TotalBytes, null, null, null, receipt);
    });

    /// <summary>Starts to fetch a shard that is handed over to this silo.</summary>
    public void StartPull(PullTicket ticket) => Works.Start(ticket.HandOver, async (progress, cancellationToken) =>
    {
        await new ShardPuller(_http, Shards.Pool, Shards.Staged).PullAsync(ticket, progress, cancellationToken).ConfigureAwait(false);
        return new WorkStatus(true, progress.DoneBytes, progress.TotalBytes, null, null, null, null);
    });

    /// <summary>Gives work up and frees what it staged, or what is frozen for it. What the store still holds on to is freed by the sweep.</summary>
    public async Task DropAsync(Guid work)
    {
        await Works.DropAsync(work).ConfigureAwait(false);
        Shards.Staged.Drop(work);
        Shards.Sealed.Drop(work);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Frees what was forgotten or not claimed in time.</summary>
    public void Sweep()
    {
        Shards.Bodies.Sweep();
        Shards.Leases.Sweep();
        foreach (Guid work in Works.Sweep())
        {
            Shards.Staged.Drop(work);
        }
    }
}
