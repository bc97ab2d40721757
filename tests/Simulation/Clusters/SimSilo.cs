using System.Net;
using Cairn.Grains;
using Cairn.Grains.Coordination;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Variables;
using Cairn.Grains.Variables.Shards;
using Cairn.Simulation.Engine;
using Cairn.Simulation.Networks;
using Cairn.Simulation.Stores;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Cairn.Simulation.Clusters;

/// <summary>One silo: a process with its pages, its service, its view of the cluster, and whatever activations it has.</summary>
internal sealed class SimSilo : IDataPlaneAddress
{
    private long _ids;

    public SimSilo(SimCluster cluster, string name, int number, int life)
    {
        Cluster = cluster;
        Party = new Party(cluster.Network.Pump, name);
        Address = SiloAddress.New(IPAddress.Loopback, 11_000 + number, life);
        Current = new Uri($"http://127.0.0.1:{20_000 + number}");
        Number = number;
        JoinedAt = cluster.Network.Pump.Now;
        Store = new StoreHandle(cluster.Network.Pump, cluster.Store, Party, cluster.Seed);
        Shards = new SiloShards(Options.Create(cluster.Limits.Variables), Party.Time) { NewId = NewId };
        Service = new SimSiloService(this, cluster.Limits.Variables);
        Membership = new SimMembership(this);
        Grains = SimGrainFactory.Make(cluster, Party);
        Services = new SimSiloServices(cluster, Party);
        Coordination = new CoordinatorServices(
            Store,
            Options.Create(cluster.Limits.Coordination),
            Options.Create(new ClusterOptions { ClusterId = cluster.Id }),
            Party.Time,
            new CoordinatorLog(cluster.Loggers.CreateLogger<CoordinatorLog>()))
        { NewId = NewId };
        Records = new RecordGrainStorage(new RecordStore(Store));
    }

    /// <summary>The cluster.</summary>
    public SimCluster Cluster { get; }

    /// <summary>The process.</summary>
    public Party Party { get; }

    /// <summary>Its address, which no other process ever has.</summary>
    public SiloAddress Address { get; }

    /// <summary>Which of the cluster's places it has.</summary>
    public int Number { get; }

    /// <inheritdoc/>
    public Uri Current { get; }

    /// <summary>When it became a member.</summary>
    public long JoinedAt { get; }

    /// <summary>When the others gave it up, or null.</summary>
    public long? GivenUpAt { get; private set; }

    /// <summary>Whether it is being stopped.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>The store as it reaches it.</summary>
    public StoreHandle Store { get; }

    /// <summary>Its pages and what goes with them.</summary>
    public SiloShards Shards { get; }

    /// <summary>Its service.</summary>
    public SimSiloService Service { get; }

    /// <summary>The cluster as it sees it.</summary>
    public SimMembership Membership { get; }

    /// <summary>Reaches grains.</summary>
    public IGrainFactory Grains { get; }

    /// <summary>Reaches the services of silos.</summary>
    public SimSiloServices Services { get; }

    /// <summary>What its coordinators share.</summary>
    public CoordinatorServices Coordination { get; }

    /// <summary>Where its coordinators keep their records.</summary>
    public RecordGrainStorage Records { get; }

    /// <summary>Draws an id.</summary>
    public Guid NewId() => Chance.Id(Chance.Mix(Cluster.Seed, Party.Hash, (ulong)++_ids, 77));

    /// <summary>The others take it for dead, whether it is or not.</summary>
    public void GiveUp() => GivenUpAt ??= Cluster.Network.Pump.Now;

    /// <inheritdoc/>
    public override string ToString() => Party.Name;
}
