using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Restoring;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination;

/// <summary>What a coordinator works with.</summary>
/// <param name="Record">The durable record.</param>
/// <param name="Commits">Commits, and what is left of them.</param>
/// <param name="Shards">The shards.</param>
/// <param name="Silos">The silos.</param>
/// <param name="Loader">Reads checkpoints.</param>
/// <param name="Options">The limits.</param>
/// <param name="Time">The clock.</param>
/// <param name="NewId">Draws ids.</param>
/// <param name="Log">The log.</param>
internal sealed record CoordinatorParts(
    RecordLedger Record,
    CommitDriver Commits,
    ShardFleet Shards,
    SiloFleet Silos,
    CheckpointLoader Loader,
    CoordinationOptions Options,
    TimeProvider Time,
    Func<Guid> NewId,
    CoordinatorLog Log);
