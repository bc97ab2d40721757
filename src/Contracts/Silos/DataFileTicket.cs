using System.Collections.Immutable;
using Cairn.Contracts.Models;

namespace Cairn.Contracts.Silos;

/// <summary>Asks a silo to write the frozen shards that it holds into one data file.</summary>
/// <param name="Attempt">The save; with the file's name it names the work, so a repeat starts nothing twice.</param>
/// <param name="Cut">The cut of the frozen versions.</param>
/// <param name="BlobName">The data file's name in the store.</param>
/// <param name="ExpectedETag">The ETag the file must have when it is committed, or null when it must be absent.</param>
/// <param name="Tensors">What the file holds, in the order of the file.</param>
[GenerateSerializer, Immutable, Alias("cairn.DataFileTicket")]
public sealed record DataFileTicket(
    [property: Id(0)] Guid Attempt,
    [property: Id(1)] long Cut,
    [property: Id(2)] string BlobName,
    [property: Id(3)] string? ExpectedETag,
    [property: Id(4)] ImmutableArray<DataFileTensor> Tensors);

/// <summary>One tensor or slice in a data file.</summary>
/// <param name="Shard">The shard whose frozen version is written.</param>
/// <param name="Incarnation">The activation that sealed it.</param>
/// <param name="Part">Value or shadow.</param>
/// <param name="LengthBytes">Its length.</param>
[GenerateSerializer, Immutable, Alias("cairn.DataFileTensor")]
public readonly record struct DataFileTensor(
    [property: Id(0)] ShardId Shard,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] TensorPart Part,
    [property: Id(3)] long LengthBytes);
