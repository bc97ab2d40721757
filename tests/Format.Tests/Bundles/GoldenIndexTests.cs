using System.Buffers.Binary;
using System.Security.Cryptography;
using Cairn.Format.Bundles;
using Cairn.Format.Checksums;
using Cairn.Format.Tensors;

namespace Cairn.Format.Tests.Bundles;

/// <summary>Whole index files, known by their bytes or hash, from the specification of the format.</summary>
public sealed class GoldenIndexTests
{
    private static readonly float[] Slice0 = [1, 2, 3, 4];
    private static readonly float[] Slice1 = [5, 6];

    [Fact]
    public void ToBytes_NoTensor_IsTheEmptyBundle() => AssertFile(
        """
        00 00 06 08 01 1a 02 08 01 00 00 00 00 01 00 00 00 00 62 94 57 f9
        00 00 00 00 01 00 00 00 00 c0 f2 a1 b0
        00 00 02 00 11 00 00 00 00 01 00 00 00 00 cc bf 8b 5d
        """,
        "16 08 23 0d",
        "37c4e91217b6164dbd1bc55ca7419b6383b45bc8430765e71127c234a2e2cc1f",
        new BundleIndexWriter().ToBytes(1));

    [Fact]
    public void ToBytes_OneScalar_IsTensorFlowsCounter()
    {
        var writer = new BundleIndexWriter();
        writer.AddTensor("counter", TensorDType.Float, TensorShape.Scalar, RangeOf(0, 0, [0f]));

        AssertFile(
            """
            00 00 06 08 01 1a 02 08 01
            00 07 0b 63 6f 75 6e 74 65 72 08 01 12 00 28 04 35 a6 7b 11 3a
            00 00 00 00 01 00 00 00 00 5f a0 10 73
            00 00 00 00 01 00 00 00 00 c0 f2 a1 b0
            00 01 02 64 00 26 00 00 00 00 01 00 00 00 00 22 b1 61 03
            """,
            "2b 08 38 0e",
            sha256: null,
            writer.ToBytes(1));
    }

    [Fact]
    public void ToBytes_ScalarOne_IsTheGolden()
    {
        var writer = new BundleIndexWriter();
        writer.AddTensor("v", TensorDType.Float, TensorShape.Scalar, RangeOf(0, 0, [1f]));

        AssertFile(
            """
            00 00 06 08 01 1a 02 08 01 00 01 0b 76 08 01 12 00 28 04 35 81 a5 da 2b 00 00 00 00 01 00 00 00 00 95 ce d3 f3
            00 00 00 00 01 00 00 00 00 c0 f2 a1 b0
            00 01 02 77 00 20 00 00 00 00 01 00 00 00 00 3e 1e a4 62
            """,
            "25 08 32 0e",
            "75128cfd072086c9e72e7d4bf637b08e96e97b4bdd6a33aaad750abc9ffbb1a6",
            writer.ToBytes(1));
    }

    [Fact]
    public void ToBytes_TwoSlicesInOneDataFile_IsTheGolden()
    {
        BundleIndexWriter writer = Partitioned(secondShard: 0, secondOffset: 16);

        AssertFile(
            """
            00 00 06 08 01 1a 02 08 01
            00 0a 13 00 77 00 01 01 02 80 82 80 82 08 01 12 08 12 02 08 02 12 02 08 02 28 10 35 4c 28 98 74
            06 04 15 82 81 80 82 08 01 12 08 12 02 08 01 12 02 08 02 20 10 28 08 35 2c b9 ff 52
            00 01 22 77 08 01 12 08 12 02 08 03 12 02 08 02 3a 08 0a 02 10 02 0a 02 10 02 3a 0a 0a 04 08 02 10 01 0a 02 10 02
            00 00 00 00 01 00 00 00 00 b1 4d 66 a3
            00 00 00 00 01 00 00 00 00 c0 f2 a1 b0
            00 01 02 78 00 73 00 00 00 00 01 00 00 00 00 28 bd 45 a7
            """,
            "78 08 85 01 0e",
            "8680f0148e796bad7219ccb262e0d5629fe32188b0003a5d4b7bbdae63f83153",
            writer.ToBytes(1));
    }

    [Fact]
    public void ToBytes_TwoSlicesInTwoDataFiles_IsTheMergedGolden() =>
        Assert.Equal("42c516233a4d0ba420a598971ecf55be48ea7239a00c7f56f0f25784f1ac3fec", Sha256(Partitioned(secondShard: 1, secondOffset: 0).ToBytes(2)));

    [Fact]
    public void ToBytes_TensorsOfTwoDataFiles_IsTheMergedGolden()
    {
        byte[] seven = new byte[8];
        seven[0] = 7;
        var writer = new BundleIndexWriter();
        writer.AddTensor("b", TensorDType.Int64, TensorShape.Scalar, DataRange.Of(1, 0, 8, Crc32C.Append(0, seven)));
        writer.AddTensor("a", TensorDType.Float, new TensorShape(2), RangeOf(0, 0, [1f, 2f]));

        AssertFile(
            """
            00 00 06 08 02 1a 02 08 01 00 01 0f 61 08 01 12 04 12 02 08 02 28 08 35 59 3c e5 35 00 01 0d 62 08 09 12 00 18 01 28 08 35 bb d7 9f 11
            00 00 00 00 01 00 00 00 00 87 7e 69 1e 00 00 00 00 01 00 00 00 00 c0 f2 a1 b0
            00 01 02 63 00 35 00 00 00 00 01 00 00 00 00 7e 2c 7d 04
            """,
            "3a 08 47 0e",
            "42655848544f0f962d39d28ebc933243ec15b347485ec4cb30e81afa206531b5",
            writer.ToBytes(2));
    }

    [Fact]
    public void ToBytes_TwentyThousandTensors_IsTheGoldenOfThreeBlocks()
    {
        var writer = new BundleIndexWriter();
        for (int i = 0; i < 20_000; i++)
        {
            writer.AddTensor($"layer_{7 * i:D6}/weights", TensorDType.Float, TensorShape.Scalar, RangeOf(0, 4 * i, [i]));
        }

        byte[] file = writer.ToBytes(1);

        Assert.Equal(569_495, file.Length);
        Assert.Equal("0fd0a2b81c14fd246c78705ee3434895a729ad0c24f6a8fcfd7bbc3fa3017ff2", Sha256(file));
        Assert.Equal(file, BundleIndex.Parse(file, "golden").ToBytes());
    }

    private static BundleIndexWriter Partitioned(int secondShard, long secondOffset)
    {
        var shape = new TensorShape(3, 2);
        var writer = new BundleIndexWriter();
        writer.AddSlice("w", TensorDType.Float, shape, TensorSlice.Rows(shape, 2, 1), RangeOf(secondShard, secondOffset, Slice1));
        writer.AddSlice("w", TensorDType.Float, shape, TensorSlice.Rows(shape, 0, 2), RangeOf(0, 0, Slice0));
        return writer;
    }

    private static DataRange RangeOf(int shard, long offset, float[] values)
    {
        byte[] bytes = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        }

        return DataRange.Of(shard, offset, bytes.Length, Crc32C.Append(0, bytes));
    }

    private static void AssertFile(string blocks, string handles, string? sha256, byte[] actual)
    {
        byte[] handleBytes = Hex(handles);
        byte[] expected = [.. Hex(blocks), .. handleBytes, .. new byte[40 - handleBytes.Length], .. Hex("57 fb 80 8b 24 75 47 db")];
        Assert.Equal(Convert.ToHexStringLower(expected), Convert.ToHexStringLower(actual));
        if (sha256 is not null)
        {
            Assert.Equal(sha256, Sha256(actual));
        }
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Hex(string text) => Convert.FromHexString(string.Concat(text.Where(char.IsAsciiHexDigit)));
}
