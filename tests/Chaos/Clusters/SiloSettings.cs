using Cairn.Storage.Addresses;

namespace Cairn.Chaos.Clusters;

/// <summary>What every silo of the run is told.</summary>
/// <param name="Redis">Where the membership is.</param>
/// <param name="ClusterId">The cluster.</param>
/// <param name="Store">The store's address.</param>
/// <param name="StoreConnection">The way to the store: through the proxy.</param>
internal sealed record SiloSettings(string Redis, string ClusterId, string Store, string StoreConnection)
{
    /// <summary>Its command line, ports aside. Pages for several times the model; a stop may take as long as the run waits for it.</summary>
    public IReadOnlyList<string> Arguments =>
    [
        "--store", Store, "--cluster-id", ClusterId, "--clustering", "Redis", "--redis", Redis,
        "--page-bytes-max", "256MiB", "--stop-timeout-seconds", "60",
    ];

    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { [StoreOptions.ConnectionStringVariable] = StoreConnection };
}
