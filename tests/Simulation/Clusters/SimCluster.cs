using Cairn.Simulation.Engine;
using Cairn.Simulation.Networks;
using Cairn.Simulation.Stores;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Cairn.Simulation.Clusters;

/// <summary>The silos of a cluster, and its directory of activations.</summary>
/// <param name="id">The cluster's id, which owns models.</param>
/// <param name="network">The network.</param>
/// <param name="store">The store.</param>
/// <param name="seed">The story's seed.</param>
/// <param name="limits">The options of the silos.</param>
/// <param name="loggers">Where coordinators log to.</param>
internal sealed class SimCluster(string id, Network network, SimStore store, ulong seed, SimLimits limits, ILoggerFactory loggers)
{
    private readonly List<SimSilo> _silos = [];
    private readonly Dictionary<SiloAddress, SimSilo> _byAddress = [];
    private readonly SortedDictionary<string, ShardEndpoint> _shards = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CoordinatorEndpoint> _coordinators = new(StringComparer.Ordinal);

    /// <summary>The id.</summary>
    public string Id => id;

    /// <summary>The network.</summary>
    public Network Network => network;

    /// <summary>The store.</summary>
    public SimStore Store => store;

    /// <summary>The story's seed.</summary>
    public ulong Seed => seed;

    /// <summary>The options.</summary>
    public SimLimits Limits => limits;

    /// <summary>Where coordinators log to.</summary>
    public ILoggerFactory Loggers => loggers;

    /// <summary>How often coordinators are told of time.</summary>
    public TimeSpan TickPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Every silo that ever was.</summary>
    public IReadOnlyList<SimSilo> Silos => _silos;

    /// <summary>Every shard that anybody has asked for.</summary>
    public IEnumerable<ShardEndpoint> Shards => _shards.Values;

    /// <summary>Starts a silo in one of the cluster's places.</summary>
    public SimSilo Start(int number)
    {
        int life = 1 + _silos.Count(silo => silo.Number == number);
        SimSilo silo = new(this, $"{id}{number}.{life}", number, life);
        _silos.Add(silo);
        _byAddress.Add(silo.Address, silo);
        return silo;
    }

    /// <summary>The silo of an address.</summary>
    public SimSilo? Find(SiloAddress address) => _byAddress.GetValueOrDefault(address);

    /// <summary>The directory's entry of a shard.</summary>
    public ShardEndpoint Shard(string key)
    {
        if (!_shards.TryGetValue(key, out ShardEndpoint? shard))
        {
            _shards.Add(key, shard = new ShardEndpoint(this, key));
        }

        return shard;
    }

    /// <summary>The directory's entry of a coordinator.</summary>
    public CoordinatorEndpoint Coordinator(string model)
    {
        if (!_coordinators.TryGetValue(model, out CoordinatorEndpoint? coordinator))
        {
            _coordinators.Add(model, coordinator = new CoordinatorEndpoint(this, model));
        }

        return coordinator;
    }

    /// <summary>Where a new activation goes: where it is hinted, else to one that nobody has given up.</summary>
    public SimSilo? Place(SiloAddress? hint, ulong chance)
    {
        if (hint is not null && Find(hint) is { GivenUpAt: null, IsLeaving: false } hinted)
        {
            return hinted;
        }

        SimSilo[] open = [.. _silos.Where(silo => silo is { GivenUpAt: null, IsLeaving: false })];
        return open.Length == 0 ? null : open[(int)(chance % (ulong)open.Length)];
    }
}
