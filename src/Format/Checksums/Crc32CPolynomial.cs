namespace Cairn.Format.Checksums;

/// <summary>Arithmetic of polynomials over GF(2) modulo CRC-32C's: bit 31 of a value is the coefficient of x^0, bit 0 that of x^31. Appending n zero bytes
/// multiplies a register by x^(8n).</summary>
internal static class Crc32CPolynomial
{
    /// <summary>The polynomial, reflected.</summary>
    public const uint Reflected = 0x82F63B78;

    private const uint One = 1u << 31;

    // x^(2^k): enough for 8 * 2^63.
    private static readonly uint[] PowersOfX = MakePowersOfX();

    /// <summary>The product of two polynomials.</summary>
    public static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (uint bit = One; bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0)
            {
                product ^= b;
            }

            b = (b & 1) != 0 ? (b >> 1) ^ Reflected : b >> 1;
        }

        return product;
    }

    /// <summary>x^(8 * <paramref name="lengthBytes"/>).</summary>
    public static uint PowerOfXBytes(long lengthBytes)
    {
        uint power = One;
        for (int k = 3; lengthBytes != 0; k++, lengthBytes >>= 1)
        {
            if ((lengthBytes & 1) != 0)
            {
                power = Multiply(PowersOfX[k], power);
            }
        }

        return power;
    }

    /// <summary>Tables for <see cref="Shift"/> by a fixed number of zero bytes: four of 256, one for each byte of the register, lowest first.</summary>
    public static uint[] ShiftTable(int lengthBytes)
    {
        uint power = PowerOfXBytes(lengthBytes);
        uint[] table = new uint[4 * 256];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = Multiply(power, (uint)(i & 0xFF) << (8 * (i >> 8)));
        }

        return table;
    }

    /// <summary>The register <paramref name="state"/> after the zero bytes of the table.</summary>
    public static uint Shift(uint[] table, uint state) =>
        table[state & 0xFF] ^ table[256 + ((state >> 8) & 0xFF)] ^ table[512 + ((state >> 16) & 0xFF)] ^ table[768 + (state >> 24)];

    private static uint[] MakePowersOfX()
    {
        uint[] powers = new uint[67];
        powers[0] = One >> 1;
        for (int k = 1; k < powers.Length; k++)
        {
            powers[k] = Multiply(powers[k - 1], powers[k - 1]);
        }

        return powers;
    }
}
