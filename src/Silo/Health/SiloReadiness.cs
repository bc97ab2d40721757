using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Orleans.Runtime;

namespace Cairn.Silo.Health;

/// <summary>Says whether this silo can do its work now: Orleans is active, no stop has begun, the store answers.</summary>
internal sealed class SiloReadiness(ISiloStatusOracle oracle, IHostApplicationLifetime lifetime, IBlobStore store, TimeProvider time)
{
    /// <summary>A name that no checkpoint has; asking for it costs one round trip.</summary>
    private const string ProbeName = OwnFolder.Path + "ready";

    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(5);

    /// <summary>How long an answer of the store is believed, so that probes cannot load it.</summary>
    private static readonly TimeSpan StoreAnswerAge = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _asking = new(1);
    private long? _askedAt;
    private string? _storeFault;

    /// <summary>What keeps the silo from its work, or null when it is ready.</summary>
    public async Task<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return "The silo is stopping.";
        }

        return oracle.CurrentStatus == SiloStatus.Active
            ? await FindStoreFaultAsync(cancellationToken)
            : $"The silo is {oracle.CurrentStatus}, not yet Active.";
    }

    private async Task<string?> FindStoreFaultAsync(CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (_askedAt is not { } askedAt || time.GetElapsedTime(askedAt) > StoreAnswerAge)
            {
                _storeFault = await AskStoreAsync(cancellationToken);
                _askedAt = time.GetTimestamp();
            }

            return _storeFault;
        }
        finally
        {
            _asking.Release();
        }
    }

    private async Task<string?> AskStoreAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StorePatience);
        try
        {
            await store.TryGetPropertiesAsync(ProbeName, patience.Token);
            return null;
        }
        catch (CheckpointException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"The store '{store.Address}' did not answer within {StorePatience.TotalSeconds:0} s.";
        }
    }
}
