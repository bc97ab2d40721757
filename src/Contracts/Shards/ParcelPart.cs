using System.Collections.Immutable;
using Cairn.Contracts.Models;

namespace Cairn.Contracts.Shards;

/// <summary>A part of a shard that is handed over.</summary>
/// <param name="Part">Value or shadow.</param>
/// <param name="LengthBytes">Its length.</param>
/// <param name="Sha256">The digest of its bytes.</param>
[GenerateSerializer, Immutable, Alias("cairn.ParcelPart")]
public sealed record ParcelPart([property: Id(0)] TensorPart Part, [property: Id(1)] long LengthBytes, [property: Id(2)] ImmutableArray<byte> Sha256);
