using Orleans.Services;

namespace Cairn.Contracts.Silos;

/// <summary>What each silo does with bytes between its shards and the store. Long work is started by one call and waited for by others; repeating a start
/// changes nothing.</summary>
[Alias("cairn.ISiloService")]
public interface ISiloService : IGrainService
{
    /// <summary>Who this silo is and how much room it has.</summary>
    [Alias("Describe")]
    Task<SiloDescription> DescribeAsync();

    /// <summary>Begins to write a data file from frozen shards of this silo.</summary>
    [Alias("StartDataFile")]
    Task StartDataFileAsync(DataFileTicket ticket);

    /// <summary>Begins to stage shards of this silo from a checkpoint.</summary>
    [Alias("StartLoad")]
    Task StartLoadAsync(LoadTicket ticket);

    /// <summary>Begins to fetch a shard that is handed over to this silo.</summary>
    [Alias("StartPull")]
    Task StartPullAsync(PullTicket ticket);

    /// <summary>Waits until the work ends, or until <paramref name="patience"/> (at most 10 s) has passed, and says how it stands.</summary>
    /// <param name="work">The attempt of a data file, or the load.</param>
    /// <param name="patience">How long to wait.</param>
    [Alias("Wait")]
    Task<WorkStatus> WaitAsync(Guid work, TimeSpan patience);

    /// <summary>Gives up the work, frees what it staged, lets go of what is frozen for it, and forgets it. Repeating it changes nothing.</summary>
    [Alias("Drop")]
    Task DropAsync(Guid work);
}
