using Cairn.Contracts.Models;
using Cairn.Contracts.Steps;

namespace Cairn.Contracts.Shards;

/// <summary>A read of a range of a shard's bytes.</summary>
/// <param name="Incarnation">The activation that it is meant for.</param>
/// <param name="Generation">The generation the reader works in.</param>
/// <param name="Part">Value or shadow.</param>
/// <param name="OffsetBytes">Where the range begins.</param>
/// <param name="LengthBytes">How long it is.</param>
/// <param name="Stamp">The stamp of the step that reads, or null outside a step.</param>
[GenerateSerializer, Immutable, Alias("cairn.ShardRead")]
public sealed record ShardRead(
    [property: Id(0)] Guid Incarnation,
    [property: Id(1)] long Generation,
    [property: Id(2)] TensorPart Part,
    [property: Id(3)] long OffsetBytes,
    [property: Id(4)] long LengthBytes,
    [property: Id(5)] StepStamp? Stamp = null);
