namespace Cairn.Format.Exchange;

/// <summary>A file of a zip archive.</summary>
/// <param name="Name">Its name.</param>
/// <param name="OffsetBytes">Where its local header begins.</param>
/// <param name="PackedBytes">Its length in the archive.</param>
/// <param name="LengthBytes">Its own length.</param>
/// <param name="Crc32">The checksum of its bytes.</param>
/// <param name="IsDeflated">Compressed; else stored as it is.</param>
internal sealed record ZipEntry(string Name, long OffsetBytes, long PackedBytes, long LengthBytes, uint Crc32, bool IsDeflated);
