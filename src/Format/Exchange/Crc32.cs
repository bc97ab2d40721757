namespace Cairn.Format.Exchange;

/// <summary>The CRC-32 of zip files: polynomial 0x04C11DB7 reflected, initial and final value inverted. Eight bytes a step (slicing by 8).</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private static readonly uint[][] Tables = MakeTables();

    /// <summary>The checksum of what <paramref name="crc"/> is of, and then <paramref name="bytes"/>; 0 is that of nothing.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint value = ~crc;
        uint[][] t = Tables;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            uint low = value ^ (bytes[0] | ((uint)bytes[1] << 8) | ((uint)bytes[2] << 16) | ((uint)bytes[3] << 24));
            value = t[7][(byte)low] ^ t[6][(byte)(low >> 8)] ^ t[5][(byte)(low >> 16)] ^ t[4][low >> 24]
                ^ t[3][bytes[4]] ^ t[2][bytes[5]] ^ t[1][bytes[6]] ^ t[0][bytes[7]];
        }

        foreach (byte next in bytes)
        {
            value = t[0][(byte)(value ^ next)] ^ (value >> 8);
        }

        return ~value;
    }

    private static uint[][] MakeTables()
    {
        uint[][] tables = [.. Enumerable.Range(0, 8).Select(_ => new uint[256])];
        for (uint at = 0; at < 256; at++)
        {
            uint value = at;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
            }

            tables[0][at] = value;
        }

        for (int table = 1; table < 8; table++)
        {
            for (int at = 0; at < 256; at++)
            {
                uint before = tables[table - 1][at];
                tables[table][at] = tables[0][(byte)before] ^ (before >> 8);
            }
        }

        return tables;
    }
}
