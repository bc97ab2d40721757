namespace Cairn.Format.Bundles;

/// <summary>Where the bytes of a tensor or slice lie, and their checksum.</summary>
/// <param name="ShardIndex">Which data file.</param>
/// <param name="OffsetBytes">Where they begin in it.</param>
/// <param name="LengthBytes">How many there are.</param>
/// <param name="MaskedCrc32C">Their CRC-32C as the index stores it, masked.</param>
public readonly record struct DataRange(int ShardIndex, long OffsetBytes, long LengthBytes, uint MaskedCrc32C)
{
    /// <summary>The checksum unmasked, as <see cref="Checksums.Crc32C.Append"/> gives it.</summary>
    public uint Crc32C => Checksums.Crc32C.Unmask(MaskedCrc32C);

    /// <summary>The first byte after the range.</summary>
    public long EndBytes => OffsetBytes + LengthBytes;

    /// <summary>Makes a range from an unmasked checksum.</summary>
    public static DataRange Of(int shardIndex, long offsetBytes, long lengthBytes, uint crc32C) =>
        new(shardIndex, offsetBytes, lengthBytes, Checksums.Crc32C.Mask(crc32C));
}
