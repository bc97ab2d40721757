using System.Text;
using Cairn.Format.Checksums;
using CsCheck;

namespace Cairn.Format.Tests.Checksums;

public sealed class Crc32CTests
{
    [Fact]
    public void Append_KnownBytes_GivesPublishedValues()
    {
        Assert.Equal(0xE3069283u, Crc32C.Append(0, Encoding.ASCII.GetBytes("123456789")));
        Assert.Equal(0x8A9136AAu, Crc32C.Append(0, new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Append(0, Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Append(0, Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0u, Crc32C.Append(0, []));
    }

    [Fact]
    public void Mask_Zero_GivesTheDelta() => Assert.Equal(0xA282EAD8u, Crc32C.Mask(0));

    [Fact]
    public void Unmask_OfMask_GivesTheValueBack() => Gen.UInt.Sample(crc => Crc32C.Unmask(Crc32C.Mask(crc)) == crc);

    [Fact]
    public void Append_AnyLength_EqualsTheSoftwareOne()
    {
        byte[] bytes = new byte[3 * 3 * 8192 + 1000];
        new Random(7).NextBytes(bytes);
        (from start in Gen.Int[0, 64] from length in Gen.Int[0, bytes.Length - 64] from crc in Gen.UInt select (start, length, crc))
            .Sample(
                at => Crc32C.Append(at.crc, bytes.AsSpan(at.start, at.length)) == Crc32CSoftware.Append(at.crc, bytes.AsSpan(at.start, at.length)), iter: 1000);
    }

    [Fact]
    public void Append_InTwoPieces_EqualsOnePiece() =>
        Gen.Select(Gen.Byte.Array[0, 400], Gen.Byte.Array[0, 400]).Sample((a, b) =>
            Crc32C.Append(Crc32C.Append(0, a), b) == Crc32C.Append(0, [.. a, .. b]));

    [Fact]
    public void Combine_OfTwoPieces_EqualsOnePiece() =>
        Gen.Select(Gen.Byte.Array[0, 3000], Gen.Byte.Array[0, 3000]).Sample((a, b) =>
            Crc32C.Combine(Crc32C.Append(0, a), Crc32C.Append(0, b), b.Length) == Crc32C.Append(0, [.. a, .. b]));

    [Fact]
    public void Combine_HugeLengths_IsAssociative() =>
        Gen.Select(Gen.UInt, Gen.UInt, Gen.UInt, Gen.Long[0, 1L << 61], Gen.Long[0, 1L << 61]).Sample((a, b, c, lengthB, lengthC) =>
            Crc32C.Combine(Crc32C.Combine(a, b, lengthB), c, lengthC) == Crc32C.Combine(a, Crc32C.Combine(b, c, lengthC), lengthB + lengthC));
}
