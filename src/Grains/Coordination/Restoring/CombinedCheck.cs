using System.Collections.Immutable;

namespace Cairn.Grains.Coordination.Restoring;

/// <summary>A stored tensor or slice that is read in several ranges, whose checksums together must be the stored one.</summary>
/// <param name="What">The tensor or slice, for messages.</param>
/// <param name="BlobName">Its data file.</param>
/// <param name="OffsetBytes">Where it begins in it.</param>
/// <param name="Crc32C">Its stored checksum, unmasked.</param>
/// <param name="Pieces">The ranges, in order; they tile it.</param>
internal sealed record CombinedCheck(string What, string BlobName, long OffsetBytes, uint Crc32C, ImmutableArray<RangePiece> Pieces);

/// <summary>One range of a <see cref="CombinedCheck"/>: where its checksum will be found.</summary>
/// <param name="Silo">The silo that reads it.</param>
/// <param name="Ordinal">Its place among all ranges of the silo's ticket.</param>
/// <param name="LengthBytes">Its length.</param>
internal readonly record struct RangePiece(SiloAddress Silo, int Ordinal, long LengthBytes);
