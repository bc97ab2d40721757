using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Format.Errors;

namespace Cairn.Contracts.Silos;

/// <summary>How a piece of long work on a silo stands. Started by one call, waited for by others.</summary>
/// <param name="IsDone">True when it ended, well or not.</param>
/// <param name="DoneBytes">Bytes moved so far.</param>
/// <param name="TotalBytes">Bytes to move.</param>
/// <param name="Error">The kind of failure, or null.</param>
/// <param name="Message">What went wrong, or null.</param>
/// <param name="DataFile">The receipt of a data file that was written.</param>
/// <param name="Load">The receipt of a load that was staged.</param>
[GenerateSerializer, Immutable, Alias("cairn.WorkStatus")]
public sealed record WorkStatus(
    [property: Id(0)] bool IsDone,
    [property: Id(1)] long DoneBytes,
    [property: Id(2)] long TotalBytes,
    [property: Id(3)] CheckpointError? Error,
    [property: Id(4)] string? Message,
    [property: Id(5)] DataFileReceipt? DataFile,
    [property: Id(6)] LoadReceipt? Load);

/// <summary>A data file is committed in the store.</summary>
/// <param name="ETag">Its ETag.</param>
/// <param name="LengthBytes">Its length.</param>
/// <param name="Tensors">Place and checksum of each tensor of the ticket, in the ticket's order.</param>
[GenerateSerializer, Immutable, Alias("cairn.DataFileReceipt")]
public sealed record DataFileReceipt([property: Id(0)] string ETag, [property: Id(1)] long LengthBytes, [property: Id(2)] ImmutableArray<TensorPlace> Tensors);

/// <summary>Where a tensor lies in its data file.</summary>
/// <param name="OffsetBytes">Its first byte.</param>
/// <param name="LengthBytes">Its length.</param>
/// <param name="Crc32C">The CRC32C of its bytes, not masked.</param>
[GenerateSerializer, Immutable, Alias("cairn.TensorPlace")]
public readonly record struct TensorPlace([property: Id(0)] long OffsetBytes, [property: Id(1)] long LengthBytes, [property: Id(2)] uint Crc32C);

/// <summary>Everything a load ticket asked for is staged on the silo.</summary>
/// <param name="Ranges">The CRC32C of each range that was read, in the order of the ticket's shards and their ranges.</param>
[GenerateSerializer, Immutable, Alias("cairn.LoadReceipt")]
public sealed record LoadReceipt([property: Id(0)] ImmutableArray<uint> Ranges);
