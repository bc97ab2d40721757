using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;
using Sse42 = System.Runtime.Intrinsics.X86.Sse42;

namespace Cairn.Format.Checksums;

/// <summary>CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), the checksum of every byte of a bundle. Values are unmasked running values; a file stores
/// them masked.</summary>
/// <remarks>Source: RFC 3720, 12.1; the mask is LevelDB's (util/crc32c.h), also TensorFlow's (core/lib/hash/crc32c.h).</remarks>
public static class Crc32C
{
    private const uint MaskDelta = 0xA282EAD8;

    // Three streams at once hide the latency of the instruction (3 cycles for one every cycle). Long blocks for tensors, short ones for rows and index blocks.
    private const int LongBytes = 8192;
    private const int ShortBytes = 256;

    private static readonly uint[] LongShift = Crc32CPolynomial.ShiftTable(LongBytes);
    private static readonly uint[] ShortShift = Crc32CPolynomial.ShiftTable(ShortBytes);

    /// <summary>True when the processor has an instruction for it (SSE4.2, or Arm's CRC32 extension).</summary>
    public static bool IsHardware => Sse42.X64.IsSupported || ArmCrc32.Arm64.IsSupported;

    /// <summary>The checksum of the bytes summed so far, followed by <paramref name="bytes"/>.</summary>
    /// <param name="crc">The running value; 0 to begin.</param>
    /// <param name="bytes">What follows.</param>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes) =>
        IsHardware ? AppendHardware(crc, bytes) : Crc32CSoftware.Append(crc, bytes);

    /// <summary>The checksum of A followed by B, from the checksums of both and B's length.</summary>
    /// <param name="crcA">The checksum of A.</param>
    /// <param name="crcB">The checksum of B alone.</param>
    /// <param name="lengthB">The length of B in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public static uint Combine(uint crcA, uint crcB, long lengthB)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthB);
        return Crc32CPolynomial.Multiply(Crc32CPolynomial.PowerOfXBytes(lengthB), crcA) ^ crcB;
    }

    /// <summary>The form in which a file stores a checksum: a CRC over bytes that hold CRCs would be weak, so it is rotated and offset.</summary>
    public static uint Mask(uint crc) => BitOperations.RotateRight(crc, 15) + MaskDelta;

    /// <summary>The checksum that was stored as <paramref name="masked"/>.</summary>
    public static uint Unmask(uint masked) => BitOperations.RotateLeft(masked - MaskDelta, 15);

    /// <summary>What is said of bytes whose checksum is not the stored one: TensorFlow's words, then both as files store and tools show them.</summary>
    public static string Mismatch(uint stored, uint actual) =>
        $"Checksum does not match: stored {stored} vs. calculated on the restored bytes {actual} (masked {Mask(stored):x8} vs. {Mask(actual):x8})";

    private static uint AppendHardware(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint state = ~crc;
        state = AppendInterleaved(state, ref bytes, LongBytes, LongShift);
        state = AppendInterleaved(state, ref bytes, ShortBytes, ShortShift);

        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, MemoryMarshal.Read<ulong>(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
        {
            state = BitOperations.Crc32C(state, value);
        }

        return ~state;
    }

    private static uint AppendInterleaved(uint state, ref ReadOnlySpan<byte> bytes, int blockBytes, uint[] shift)
    {
        while (bytes.Length >= 3 * blockBytes)
        {
            ref byte first = ref MemoryMarshal.GetReference(bytes);
            ref byte second = ref Unsafe.Add(ref first, blockBytes);
            ref byte third = ref Unsafe.Add(ref second, blockBytes);
            uint a = state, b = 0, c = 0;
            for (nuint i = 0; i < (nuint)blockBytes; i += sizeof(ulong))
            {
                a = BitOperations.Crc32C(a, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, i)));
                b = BitOperations.Crc32C(b, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref second, i)));
                c = BitOperations.Crc32C(c, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref third, i)));
            }

            state = Crc32CPolynomial.Shift(shift, Crc32CPolynomial.Shift(shift, a) ^ b) ^ c;
            bytes = bytes[(3 * blockBytes)..];
        }

        return state;
    }
}
