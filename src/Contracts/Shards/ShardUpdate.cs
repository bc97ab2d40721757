using Cairn.Contracts.Models;
using Cairn.Contracts.Steps;

namespace Cairn.Contracts.Shards;

/// <summary>One update of one shard. The payload rides along when it is small; a large one came over the data plane and waits on the silo under
/// <paramref name="Transfer"/>.</summary>
/// <param name="Incarnation">The activation that it is meant for.</param>
/// <param name="Stamp">When it belongs.</param>
/// <param name="Operation">Its id; a repeat changes nothing.</param>
/// <param name="Kind">What to do.</param>
/// <param name="Part">Value or shadow (ignored by <see cref="UpdateKind.Initialise"/> and <see cref="UpdateKind.UpdateAverage"/>).</param>
/// <param name="OffsetBytes">Where the payload begins in the shard's bytes; a multiple of the element size.</param>
/// <param name="Payload">Little-endian, row-major elements, at most <see cref="InlineBytesMax"/>; null when <paramref name="Transfer"/> is given or none is
/// needed.</param>
/// <param name="Transfer">The id of a received body, or null.</param>
/// <param name="NumUpdates">For <see cref="UpdateKind.UpdateAverage"/>: n of min(decay, (1+n)/(10+n)), or null for the plain decay.</param>
[GenerateSerializer, Immutable, Alias("cairn.ShardUpdate")]
public sealed record ShardUpdate(
    [property: Id(0)] Guid Incarnation,
    [property: Id(1)] StepStamp Stamp,
    [property: Id(2)] OperationId Operation,
    [property: Id(3)] UpdateKind Kind,
    [property: Id(4)] TensorPart Part,
    [property: Id(5)] long OffsetBytes,
    [property: Id(6)] ReadOnlyMemory<byte>? Payload,
    [property: Id(7)] Guid? Transfer,
    [property: Id(8)] long? NumUpdates)
{
    /// <summary>The largest payload in a grain call: above it the large object heap and head-of-line blocking cost more than a second connection (64
    /// KiB).</summary>
    public const int InlineBytesMax = 64 * 1024;
}
