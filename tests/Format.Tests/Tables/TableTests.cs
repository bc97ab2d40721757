using System.Buffers;
using System.Buffers.Binary;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using CsCheck;
using Snappier;

namespace Cairn.Format.Tests.Tables;

public sealed class TableTests
{
    [Fact]
    public void Table_OfASortedMap_ReadsBackEqual()
    {
        Gen<byte[]> key = Gen.OneOf(Gen.Byte.Array[0, 20], Gen.Byte[0xFE, 0xFF].Array[0, 4], Gen.Byte[0, 1].Array[0, 6]);
        Gen<byte[]> value = Gen.OneOf(Gen.Byte.Array[0, 60], Gen.Int[1, 3].Select(n => new byte[n * 180_000]));
        Gen.Select(key, value).List[0, 80].Sample(
            pairs =>
            {
                var map = new SortedDictionary<byte[], byte[]>(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)));
                pairs.ForEach(pair => map[pair.Item1] = pair.Item2);
                byte[] file = Write(map);
                List<TableEntry> read = new TableReader(file, "t").ReadAll();

                Assert.Equal(map.Keys, read.Select(entry => entry.Key));
                Assert.All(map.Values.Zip(read), pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second.Value.Span)));
                Assert.Empty(Faults(file));
            },
            iter: 40);
    }

    [Fact]
    public void ReadAll_EmptyTable_HasNoEntries() => Assert.Empty(new TableReader(new TableWriter().Finish(), "t").ReadAll());

    [Fact]
    public void Add_KeysThatDoNotAscend_AreRefused()
    {
        var writer = new TableWriter();
        writer.Add("b"u8, []);

        Assert.Throws<ArgumentException>(() => writer.Add("b"u8, []));
        Assert.Throws<ArgumentException>(() => writer.Add("a"u8, []));
    }

    [Theory]
    [InlineData("", "a", "")]
    [InlineData("abc1", "abc9", "abc2")]
    [InlineData("abc1", "abc2", "abc1")]
    [InlineData("abc", "abcd", "abc")]
    [InlineData("layer_065002/weights", "layer_065009/weights", "layer_065003")]
    public void ShortestSeparator_OfTwoKeys_IsTensorFlows(string last, string next, string expected) =>
        Assert.Equal(expected, new string([.. TableKeys.ShortestSeparator(Bytes(last), Bytes(next)).ToArray().Select(b => (char)b)]));

    [Fact]
    public void ShortSuccessor_OfAnyKey_RaisesItsFirstByteBelowFF()
    {
        Assert.Equal([0x62], TableKeys.ShortSuccessor([0x61, 0x70]).ToArray());
        Assert.Equal([0xFF, 0x01], TableKeys.ShortSuccessor([0xFF, 0x00, 0x05]).ToArray());
        Assert.Equal([0xFF, 0xFF], TableKeys.ShortSuccessor([0xFF, 0xFF]).ToArray());
    }

    [Fact]
    public void Verify_AnyByteChanged_IsFound()
    {
        var writer = new TableWriter();
        for (int i = 0; i < 40; i++)
        {
            writer.Add(Bytes($"key{i:D3}"), Bytes($"value {i}"));
        }

        byte[] file = writer.Finish();
        Assert.Empty(Faults(file));
        for (int at = 0; at < file.Length; at++)
        {
            foreach (int mask in new[] { 0x01, 0x80, 0xFF, file[at] == 0 ? 0x10 : file[at] })
            {
                file[at] ^= (byte)mask;
                Assert.True(Faults(file).Count > 0, $"byte {at} xor {mask:x2}");
                file[at] ^= (byte)mask;
            }
        }
    }

    [Fact]
    public void Verify_BytesBetweenTheLastBlockAndTheFooter_AreFound()
    {
        byte[] file = Write([new("a"u8.ToArray(), "1"u8.ToArray())]);
        int footerBegin = file.Length - TableFormat.FooterBytes;

        byte[] longer = [.. file.AsSpan(0, footerBegin), 0, .. file.AsSpan(footerBegin)];

        Assert.Single(new TableReader(longer, "t").ReadAll());
        Assert.Equal(footerBegin, Assert.Single(Faults(longer)).OffsetBytes);
    }

    [Fact]
    public void Verify_BytesBetweenTwoBlocks_AreFound()
    {
        // The metaindex moves three bytes down, behind bytes that belong to nothing; the footer's handles follow it.
        byte[] file = Write([new("a"u8.ToArray(), "1"u8.ToArray())]);
        TableFooter footer = TableFooter.Read(file, "t");
        int gap = (int)footer.Metaindex.OffsetBytes;
        var handles = new System.Buffers.ArrayBufferWriter<byte>();
        new BlockHandle(footer.Metaindex.OffsetBytes + 3, footer.Metaindex.LengthBytes).Write(handles);
        new BlockHandle(footer.Index.OffsetBytes + 3, footer.Index.LengthBytes).Write(handles);
        int footerBegin = file.Length - TableFormat.FooterBytes;
        byte[] padded = [.. handles.WrittenSpan, .. new byte[TableFormat.FooterHandleBytes - handles.WrittenCount], .. file.AsSpan(file.Length - sizeof(ulong))];

        byte[] longer = [.. file.AsSpan(0, gap), 1, 2, 3, .. file.AsSpan(gap, footerBegin - gap), .. padded];

        Assert.Single(new TableReader(longer, "t").ReadAll());
        Assert.Equal(gap, Assert.Single(Faults(longer)).OffsetBytes);
    }

    [Fact]
    public void ReadAll_TruncatedAnywhere_IsCorrupt()
    {
        var writer = new TableWriter();
        writer.Add("a"u8, "1"u8);
        byte[] file = writer.Finish();
        for (int length = 0; length < file.Length; length++)
        {
            var fault = Assert.Throws<CheckpointException>(() => new TableReader(file.AsMemory(0, length), "t").ReadAll());
            Assert.Equal(CheckpointError.Corrupt, fault.Error);
        }
    }

    [Fact]
    public void ReadAll_KeysThatWouldTakeMuchMoreThanTheFile_AreRefused()
    {
        // Every entry shares a key of a million bytes with the one before: 2,000 of them would be two gigabytes.
        var block = new BlockBuilder(restartInterval: int.MaxValue);
        byte[] key = new byte[1_000_000];
        for (int i = 0; i < 2_000; i++)
        {
            key[^2] = (byte)(i >> 8);
            key[^1] = (byte)i;
            block.Add(key, []);
        }

        long left = TableFormat.ContentBytesMax;
        var table = new TableBlock(block.Finish().ToArray(), "t", 0, isCompressed: false);
        Assert.Equal(CheckpointError.LimitExceeded, Assert.Throws<CheckpointException>(() => table.ReadEntries(ref left)).Error);
    }

    [Fact]
    public void ReadAll_OfASnappyBlock_ReadsEqual()
    {
        KeyValuePair<byte[], byte[]>[] map = [.. Enumerable.Range(0, 200).Select(i => KeyValuePair.Create(Bytes($"key{i:D3}"), new byte[100]))];
        byte[] file = WriteCompressed(map, payload => Snappy.CompressToArray(payload));
        TableReader reader = new(file, "t");

        List<TableEntry> read = reader.ReadAll();

        Assert.True(reader.IsCompressed);
        Assert.True(file.Length < 10_000, $"{file.Length} bytes");
        Assert.Equal(map.Select(pair => pair.Key), read.Select(entry => entry.Key));
        Assert.Equal(map.Select(pair => pair.Value), read.Select(entry => entry.Value.ToArray()));
        Assert.Empty(Faults(file));
    }

    [Fact]
    public void ReadAll_OfASnappyBlockThatClaimsAGibibyte_IsCorrupt_AndAsksForNoMemory()
    {
        byte[] file = WriteCompressed([new("a"u8.ToArray(), new byte[100])], payload => [0x80, 0x80, 0x80, 0x80, 0x04, .. Snappy.CompressToArray(payload)[1..]]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        CheckpointException fault = Assert.Throws<CheckpointException>(() => new TableReader(file, "t").ReadAll());

        Assert.Equal(CheckpointError.Corrupt, fault.Error);
        Assert.Contains("cannot hold 1073741824", fault.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void ReadAll_OfASnappyBlockLongerThanTheBudget_IsRefused()
    {
        byte[] file = WriteCompressed([new("a"u8.ToArray(), new byte[10_000])], payload => Snappy.CompressToArray(payload));

        CheckpointException fault = Assert.Throws<CheckpointException>(() => new TableReader(file, "t", contentBytesMax: 9_999).ReadAll());

        Assert.Equal(CheckpointError.LimitExceeded, fault.Error);
        Assert.Contains("'t' decompress to more than 9999 bytes", fault.Message, StringComparison.Ordinal);
    }

    // One data block, as compress makes it; metaindex and index are raw.
    private static byte[] WriteCompressed(IEnumerable<KeyValuePair<byte[], byte[]>> map, Func<byte[], byte[]> compress)
    {
        var data = new BlockBuilder(TableFormat.RestartInterval);
        foreach ((byte[] key, byte[] value) in map)
        {
            data.Add(key, value);
        }

        var file = new ArrayBufferWriter<byte>();
        BlockHandle first = WriteBlock(file, compress(data.Finish().ToArray()), TableFormat.TypeSnappy);
        BlockHandle metaindex = WriteBlock(file, new BlockBuilder(1).Finish().ToArray(), TableFormat.TypeRaw);
        var handle = new ArrayBufferWriter<byte>();
        first.Write(handle);
        var index = new BlockBuilder(restartInterval: 1);
        index.Add([0xFF], handle.WrittenSpan);
        BlockHandle indexHandle = WriteBlock(file, index.Finish().ToArray(), TableFormat.TypeRaw);
        var footer = new ArrayBufferWriter<byte>();
        metaindex.Write(footer);
        indexHandle.Write(footer);
        byte[] magic = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(magic, TableFormat.Magic);
        return [.. file.WrittenSpan, .. footer.WrittenSpan, .. new byte[TableFormat.FooterHandleBytes - footer.WrittenCount], .. magic];
    }

    private static BlockHandle WriteBlock(ArrayBufferWriter<byte> file, byte[] payload, byte type)
    {
        var handle = new BlockHandle(file.WrittenCount, payload.Length);
        byte[] checksum = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, Crc32C.Mask(Crc32C.Append(0, [.. payload, type])));
        file.Write([.. payload, type, .. checksum]);
        return handle;
    }

    private static byte[] Write(IEnumerable<KeyValuePair<byte[], byte[]>> map)
    {
        var writer = new TableWriter();
        foreach ((byte[] key, byte[] value) in map)
        {
            writer.Add(key, value);
        }

        return writer.Finish();
    }

    private static IReadOnlyList<(long OffsetBytes, string Reason)> Faults(byte[] file)
    {
        var verifier = new TableVerifier(file, "t");
        verifier.Run();
        return verifier.Faults;
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.Latin1.GetBytes(text);
}
