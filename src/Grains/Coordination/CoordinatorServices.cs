using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Restoring;
using Cairn.Grains.Coordination.Routing;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Cairn.Grains.Coordination;

/// <summary>What every coordinator of a silo shares.</summary>
internal sealed class CoordinatorServices(
    IBlobStore store, IOptions<CoordinationOptions> options, IOptions<ClusterOptions> cluster, TimeProvider time, CoordinatorLog log)
{
    /// <summary>Where checkpoints and records are.</summary>
    public IBlobStore Store => store;

    /// <summary>The name of the cluster, which owns its models.</summary>
    public string Cluster => cluster.Value.ClusterId;

    /// <summary>The limits.</summary>
    public CoordinationOptions Options => options.Value;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Draws every id that a coordinator gives away.</summary>
    public Func<Guid> NewId { get; init; } = Guid.NewGuid;

    /// <summary>The log.</summary>
    public CoordinatorLog Log => log;

    /// <summary>The parts of one coordinator.</summary>
    /// <param name="record">Its record.</param>
    /// <param name="grains">Reaches the shards.</param>
    /// <param name="silos">Which silos there are.</param>
    /// <param name="services">Reaches them.</param>
    public CoordinatorParts Build(RecordLedger record, IGrainFactory grains, ISiloMembership silos, ISiloServiceClient services)
    {
        SiloFleet fleet = new(silos, services, time);
        return new CoordinatorParts(
            record,
            new CommitDriver(store, record, time, new CommitOptions()),
            new ShardFleet(grains, TimeSpan.FromSeconds(Options.ConfirmSecondsMax), time),
            fleet,
            new CheckpointLoader(store, fleet),
            Options,
            time,
            NewId,
            log);
    }
}
