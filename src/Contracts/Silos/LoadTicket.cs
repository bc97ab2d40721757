using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Format.Tensors;

namespace Cairn.Contracts.Silos;

/// <summary>Asks a silo to read, from a checkpoint, what shards on it shall hold, and to stage it in fresh pages.</summary>
/// <param name="Load">Names the work and the staged pages.</param>
/// <param name="Shards">What to stage.</param>
/// <param name="IsBigEndian">Whether the checkpoint's elements are big-endian and must be swapped.</param>
[GenerateSerializer, Immutable, Alias("cairn.LoadTicket")]
public sealed record LoadTicket([property: Id(0)] Guid Load, [property: Id(1)] ImmutableArray<ShardLoad> Shards, [property: Id(2)] bool IsBigEndian);

/// <summary>What one part of one shard is made of.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Incarnation">Its activation.</param>
/// <param name="Part">Value or shadow.</param>
/// <param name="DType">The element type.</param>
/// <param name="Start">The shard's first index on each axis of the full tensor.</param>
/// <param name="Shape">The shard's shape.</param>
/// <param name="Ranges">The ranges to read; together they cover the shard.</param>
[GenerateSerializer, Immutable, Alias("cairn.ShardLoad")]
public sealed record ShardLoad(
    [property: Id(0)] ShardId Shard,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] TensorPart Part,
    [property: Id(3)] TensorDType DType,
    [property: Id(4)] ImmutableArray<long> Start,
    [property: Id(5)] TensorShape Shape,
    [property: Id(6)] ImmutableArray<LoadRange> Ranges);

/// <summary>A contiguous range of a data file: whole rows of one stored tensor or slice.</summary>
/// <param name="BlobName">The data file.</param>
/// <param name="ETag">The writing of it that the plan was made for.</param>
/// <param name="OffsetBytes">Where the range begins in the file.</param>
/// <param name="LengthBytes">How long it is.</param>
/// <param name="Start">The first index of the range's box on each axis of the full tensor.</param>
/// <param name="Shape">The shape of the box; it may reach beyond the shard on inner axes, and only the overlap is laid into the shard.</param>
/// <param name="Crc32C">The checksum of exactly this range, not masked, when the index has it; null when the coordinator combines it from several
/// ranges.</param>
[GenerateSerializer, Immutable, Alias("cairn.LoadRange")]
public sealed record LoadRange(
    [property: Id(0)] string BlobName,
    [property: Id(1)] string ETag,
    [property: Id(2)] long OffsetBytes,
    [property: Id(3)] long LengthBytes,
    [property: Id(4)] ImmutableArray<long> Start,
    [property: Id(5)] ImmutableArray<long> Shape,
    [property: Id(6)] uint? Crc32C);
