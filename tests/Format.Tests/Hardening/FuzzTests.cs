using System.Buffers;
using System.Text;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Graphs;
using Cairn.Format.ObjectGraphs;
using Cairn.Format.Protos;
using Cairn.Format.Sidecars;
using Cairn.Format.Tables;
using Cairn.Format.Tensors;
using Cairn.Format.Wire;
using Cairn.Storage.Memory;
using Cairn.Testing;
using Google.Protobuf;
using Snappier;

namespace Cairn.Format.Tests.Hardening;

/// <summary>Every parser, on sound bytes that were damaged. The seed is in the failure message.</summary>
public sealed class FuzzTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly CheckpointPrefix Prefix = new("b");

    [Fact]
    public async Task Index_DamagedAnyhow_IsAnIndexOrARefusal()
    {
        byte[] file = await IndexAsync();
        int parsed = Run("index", file, bytes => BundleIndex.Parse(bytes, "b.index"));

        Assert.True(parsed < Hardened.Cases, "most damage is found by checksums");
    }

    [Fact]
    public async Task Block_DamagedUnderARightChecksum_IsAnIndexOrARefusal() =>
        Run("block", TableFile.PayloadOf(await IndexAsync()), bytes => Use(TableFile.Of(TableFormat.TypeRaw, bytes)));

    [Fact]
    public async Task CompressedBlock_DamagedUnderARightChecksum_IsAnIndexOrARefusal() => Run(
        "compressed block",
        Snappy.CompressToArray(TableFile.PayloadOf(await IndexAsync())),
        bytes => Use(TableFile.Of(TableFormat.TypeSnappy, bytes)));

    [Fact]
    public async Task IndexBlock_DamagedUnderARightChecksum_IsAnIndexOrARefusal()
    {
        byte[] data = TableFile.PayloadOf(await IndexAsync());
        var handle = new ArrayBufferWriter<byte>();
        new BlockHandle(0, data.Length).Write(handle);
        var index = new BlockBuilder(restartInterval: 1);
        index.Add([0xFF], handle.WrittenSpan);

        Run("index block", index.Finish().ToArray(), bytes => Use(TableFile.WithIndex(data, bytes)));
    }

    [Fact]
    public void Entry_DamagedUnderARightChecksum_IsAnEntryOrARefusal()
    {
        byte[] header = (BundleHeader.ForShards(2) with { BadConsumers = [7, 9], IsBigEndian = true }).Encode();
        byte[] entry = new BundleEntry(TensorDType.Float, new TensorShape(3, 2), new DataRange(1, 1 << 20, 24, 0xABCD)).Encode();

        Run("entry", entry, bytes => Use(Table(header, bytes)));
        Run("header", header, bytes => Use(Table(bytes, entry)));
    }

    [Fact]
    public void SlicedEntry_DamagedAnyhow_IsAnEntryOrARefusal()
    {
        var slice = new TensorSlice([SliceExtent.Full, new SliceExtent(1, 1), new SliceExtent(0, 0), SliceExtent.Full]);
        byte[] entry = new BundleEntry(TensorDType.Float, new TensorShape(3, 2, 0, 1), new DataRange(1, 0, 0, 0), [slice, slice]).Encode();

        Run("sliced entry", entry, bytes =>
        {
            try
            {
                BundleEntry read = BundleEntry.Decode(bytes);
                Assert.Equal(read.Encode(), BundleEntry.Decode(read.Encode()).Encode());
            }
            catch (InvalidDataException fault)
            {
                throw CheckpointException.Corrupt("b.index", 0, fault.Message, fault); // As the parser of the index does.
            }
        });
    }

    [Theory]
    [InlineData(TensorDType.String)]
    [InlineData(TensorDType.Variant)]
    public void Elements_DamagedUnderARightChecksum_AreElementsOrARefusal(TensorDType dtype)
    {
        ReadOnlyMemory<byte>[] elements =
            [.. Enumerable.Range(0, 6).Select(i => (ReadOnlyMemory<byte>)VariantElement.Create(new string('t', i), [], TensorValue.Of(TensorShape.Scalar, i)).Bytes)];
        byte[] sound = [.. ElementsCodec.Join(dtype, [.. elements]).Pieces.SelectMany(piece => piece.ToArray())];

        for (int seed = 0; seed < Hardened.Cases; seed++)
        {
            byte[] bytes = new Mutator(seed).Mutate(sound);
            Reseal(dtype, elements.Length, bytes);
            var entry = new BundleEntry(dtype, new TensorShape(elements.Length), DataRange.Of(0, 0, bytes.Length, CrcOf(dtype, elements.Length, bytes)));
            var store = new MemoryBlobStore();
            Hardened.Parses($"{dtype}, seed {seed}", bytes.Length, () =>
            {
                TensorValue value = Read(store, entry, bytes);
                Assert.Equal(elements.Length, value.Elements.Length);
                Assert.Equal(bytes, ElementsCodec.Join(dtype, value.Elements).Pieces.SelectMany(piece => piece.ToArray())); // No other bytes mean the same.
            });
        }
    }

    [Fact]
    public async Task Data_DamagedAnyhow_IsTheRightTensorOrARefusal()
    {
        MemoryBlobStore sound = await BundleAsync();
        byte[] data = (await sound.TryReadAsync(Prefix.DataName(0, 1), int.MaxValue, Token))!.Bytes.ToArray();
        BundleReader before = await BundleReader.OpenAsync(sound, Prefix, Token);
        Dictionary<string, TensorValue> values = [];
        foreach (BundleTensor tensor in before.Index.Tensors)
        {
            values.Add(tensor.Name, await before.ReadAsync(tensor.Name, Token));
        }

        for (int seed = 0; seed < Hardened.Cases; seed++)
        {
            byte[] bytes = new Mutator(seed).Mutate(data);
            await sound.TryWriteAsync(Prefix.DataName(0, 1), bytes, BlobCondition.None, Token);
            BundleReader reader = await BundleReader.OpenAsync(sound, Prefix, Token);
            foreach (BundleTensor tensor in reader.Index.Tensors)
            {
                Hardened.Parses($"data, seed {seed}, {tensor.Name}", bytes.Length, () =>
                {
                    TensorValue read = reader.ReadAsync(tensor.Name, Token).AsTask().GetAwaiter().GetResult();
                    Assert.True(read.Bytes.Span.SequenceEqual(values[tensor.Name].Bytes.Span));
                    Assert.Equal(values[tensor.Name].Elements.Select(element => element.ToArray()), read.Elements.Select(element => element.ToArray()));
                });
            }
        }
    }

    [Fact]
    public void Variant_DamagedAnyhow_IsAVariantOrARefusal()
    {
        TensorValue inner = TensorValue.FromElements(TensorDType.Variant, TensorShape.Scalar, [VariantElement.Create("inner", [1]).Bytes]);
        TensorValue[] tensors =
        [
            inner, TensorValue.Of(new TensorShape(2, 2), 1f, 2f, 3f, 4f), TensorValue.OfStrings(new TensorShape(2), "a", "b"),
            TensorValue.FromBytes(TensorDType.BFloat16, new TensorShape(3), new byte[6]), TensorValue.Of(TensorShape.Scalar, true),
            TensorValue.FromBytes(TensorDType.Complex64, new TensorShape(1), new byte[8]), TensorValue.FromBytes(TensorDType.Float8E5M2, new TensorShape(2), new byte[2]),
        ];

        Run("variant", VariantElement.Create("outer", "metadata"u8, tensors).Bytes.ToArray(), bytes =>
        {
            VariantElement element = VariantElement.Parse(bytes);
            Assert.Equal(bytes, element.Bytes.ToArray());
            for (int i = 0; i < element.TensorCount; i++)
            {
                element.ReadTensor(i, tensorBytesMax: 1 << 20);
            }
        });
    }

    [Fact]
    public void StateText_DamagedAnyhow_IsAStateOrARefusal()
    {
        byte[] text = Encoding.UTF8.GetBytes(
            "model_checkpoint_path: \"m-\\303\\274\\u00e9-2\" # c\nall_model_checkpoint_paths: ['m-1', \"m\" \"-2\"];\nall_model_checkpoint_timestamps: 1.5e9\n"
                + "all_model_checkpoint_timestamps: inf last_preserved_timestamp: 1 unknown { a: [1, -2] c <b: 'x'> }\n");

        Run("state", text, bytes => CheckpointState.Parse(bytes, "checkpoint").ToUtf8());
    }

    [Fact]
    public void MetaGraph_DamagedAnyhow_IsAGraphOrARefusal()
    {
        MetaGraphDef meta = new()
        {
            GraphDef = new GraphDef
            {
                Node = { new NodeDef { Name = "v", Op = "VariableV2", Attr = { ["dtype"] = new AttrValue { Type = DataType.DtFloat } } } },
            },
        };
        VariableDef variable = new()
        {
            VariableName = "v:0",
            Trainable = true,
            SaveSliceInfoDef = new SaveSliceInfoDef { FullName = "v", FullShape = { 4, 2 }, VarOffset = { 0, 0 }, VarShape = { 2, 2 } },
        };
        CollectionDef collection = new() { BytesList = new CollectionDef.Types.BytesList { Value = { variable.ToByteString() } } };
        meta.CollectionDef["variables"] = collection;
        meta.CollectionDef["trainable_variables"] = collection;

        Run("meta graph", meta.ToByteArray(), bytes => MetaGraphReader.ListVariables(MetaGraphReader.Parse(bytes, "m.meta"), "m.meta"));
    }

    [Fact]
    public void MetaGraphOfTensorFlow_DamagedAnyhow_IsAGraphOrARefusal()
    {
        byte[] file = File.ReadAllBytes(Corpus.PathOf("tensorflow/tf110rc2-embedding/embedding.ckpt.meta"));

        Run("meta graph", file, bytes => MetaGraphReader.ListVariables(MetaGraphReader.Parse(bytes, "m.meta"), "m.meta"));
    }

    [Fact]
    public void ObjectGraph_DamagedAnyhow_IsAGraphOrARefusal()
    {
        var builder = new ObjectGraphBuilder();
        builder.AddVariable("dense/kernel");
        builder.AddVariable("dense/bi.as");
        builder.AddSlot("dense/kernel", "optimizer", "m", "dense/kernel/Adam");

        Run("object graph", builder.Build().ToBytes(), bytes =>
        {
            ObjectGraph graph = ObjectGraph.Parse(bytes, "b.index");
            foreach (ObjectTensor tensor in graph.Tensors)
            {
                graph.Find(tensor.Path);
            }

            graph.KeysByFullName();
            Assert.Equal(graph.ToBytes(), ObjectGraph.Parse(graph.ToBytes(), "b.index").ToBytes());
        });
    }

    [Fact]
    public void Sidecar_DamagedAnyhow_IsASidecarOrARefusal() => Run(
        "sidecar", Encoding.UTF8.GetBytes(Sidecars.SidecarTests.Text),
        bytes => Sidecar.Parse(bytes, "b.cairn.json"));

    [Fact]
    public void SliceSpec_DamagedAnyhow_IsASpecificationOrARefusal() =>
        Run("slice spec", "10 4 -:0,2"u8.ToArray(), bytes => SliceSpec.Parse(Encoding.Latin1.GetString(bytes)));

    [Fact]
    public void Index_OfManyHandlesOfOneLongBlock_IsRefusedAtOnce()
    {
        // No restart points: no entries, whatever the block holds. Its checksum would be taken ten thousand times.
        byte[] data = new byte[4 << 20];
        var handle = new ArrayBufferWriter<byte>();
        new BlockHandle(0, data.Length).Write(handle);
        var index = new BlockBuilder(restartInterval: 1);
        for (int i = 0; i < 10_000; i++)
        {
            index.Add([(byte)(i >> 8), (byte)i], handle.WrittenSpan);
        }

        byte[] file = TableFile.WithIndex(data, index.Finish().ToArray());

        var refused = Assert.Throws<CheckpointException>(() => BundleIndex.Parse(file, "b.index"));
        Assert.Contains("blocks overlap", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Slices_ThatAllShareAStretchOfEveryAxis_AreRefusedInTime()
    {
        const int Count = 20_000;
        var shape = new TensorShape(2 * Count, 2 * Count);
        List<(TensorSlice, SliceBox)> slices = [];
        for (int i = 0; i < Count; i++)
        {
            // Long ones beside each other, in both directions.
            var slice = new TensorSlice(i % 2 == 0
                ? [new SliceExtent(i, 1), new SliceExtent(i, (2 * Count) - i)]
                : [new SliceExtent(i + 1, (2 * Count) - i - 1), new SliceExtent(i - 1, 1)]);
            slices.Add((slice, SliceBox.Resolve(slice, shape, "w")));
        }

        Hardened.Parses("slices", Count, () => SliceTiling.FindOverlap(slices));
    }

    private static int Run(string what, byte[] sound, Action<byte[]> parse)
    {
        Assert.True(Hardened.Parses($"{what}, sound", sound.Length, () => parse(sound)), $"{what}: the sound bytes are refused");
        int parsed = 0;
        for (int seed = 0; seed < Hardened.Cases; seed++)
        {
            byte[] bytes = new Mutator(seed).Mutate(sound);
            parsed += Hardened.Parses($"{what}, seed {seed}", bytes.Length, () => parse(bytes)) ? 1 : 0;
        }

        return parsed;
    }

    // An index that parses is used: what it says is asked for.
    private static void Use(byte[] file)
    {
        BundleIndex index = BundleIndex.Parse(file, "b.index");
        var store = new MemoryBlobStore();
        store.TryWriteAsync(Prefix.IndexName, file, BlobCondition.None, Token).AsTask().GetAwaiter().GetResult();
        store.TryWriteAsync(Prefix.DataName(0, index.ShardCount), new byte[4096], BlobCondition.None, Token).AsTask().GetAwaiter().GetResult();
        BundleReader reader = BundleReader.OpenAsync(store, Prefix, Token).AsTask().GetAwaiter().GetResult();
        foreach (BundleTensor tensor in index.Tensors)
        {
            Hardened.Parses(tensor.Name, file.Length + 4096, () => reader.ReadAsync(tensor.Name, Token).AsTask().GetAwaiter().GetResult());
        }

        Assert.Equal(index.ToBytes(), BundleIndex.Parse(index.ToBytes(), "b.index").ToBytes());
    }

    private static byte[] Table(byte[] header, byte[] entry)
    {
        var table = new TableWriter();
        table.Add([], header);
        table.Add("w"u8, entry);
        return table.Finish();
    }

    private static TensorValue Read(MemoryBlobStore store, BundleEntry entry, byte[] data)
    {
        store.TryWriteAsync(Prefix.IndexName, Table(BundleHeader.ForShards(1).Encode(), entry.Encode()), BlobCondition.None, Token).AsTask().GetAwaiter().GetResult();
        store.TryWriteAsync(Prefix.DataName(0, 1), data, BlobCondition.None, Token).AsTask().GetAwaiter().GetResult();
        BundleReader reader = BundleReader.OpenAsync(store, Prefix, Token).AsTask().GetAwaiter().GetResult();
        return reader.ReadAsync("w", Token).AsTask().GetAwaiter().GetResult();
    }

    // The checksums inside, made right again as far as the lengths can be followed.
    private static void Reseal(TensorDType dtype, int count, byte[] bytes)
    {
        uint crc = 0;
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            if (!Varint.TryRead(bytes.AsSpan(at), out ulong length, out int taken))
            {
                return;
            }

            at += taken;
            crc = dtype == TensorDType.String ? StringChecker.AppendLength(crc, length, isBigEndian: false) : Crc32C.Append(crc, BitConverter.GetBytes(length));
            if (dtype == TensorDType.Variant)
            {
                if (length > (ulong)(bytes.Length - at))
                {
                    return;
                }

                crc = Crc32C.Append(crc, bytes.AsSpan(at, (int)length));
                at += (int)length;
                Store(ref crc, bytes, ref at);
            }
        }

        if (dtype == TensorDType.String)
        {
            Store(ref crc, bytes, ref at);
        }
    }

    private static void Store(ref uint crc, byte[] bytes, ref int at)
    {
        if (bytes.Length - at >= sizeof(uint))
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(at), Crc32C.Mask(crc));
            crc = Crc32C.Append(crc, bytes.AsSpan(at, sizeof(uint)));
            at += sizeof(uint);
        }
    }

    private static uint CrcOf(TensorDType dtype, int count, byte[] bytes)
    {
        EntryChecker checker = EntryChecker.For(new BundleEntry(dtype, new TensorShape(count), new DataRange(0, 0, bytes.Length, 0)), isBigEndian: false);
        checker.Append(bytes);
        string fault = checker.Complete(0) ?? "";
        const string Words = "calculated on the restored bytes ";
        int begin = fault.IndexOf(Words, StringComparison.Ordinal);
        return begin < 0 ? 0 : uint.Parse(fault.AsSpan(begin + Words.Length, fault.IndexOf(' ', begin + Words.Length) - begin - Words.Length));
    }

    private static async Task<byte[]> IndexAsync() => (await (await BundleAsync()).TryReadAsync(Prefix.IndexName, int.MaxValue, Token))!.Bytes.ToArray();

    private static async Task<MemoryBlobStore> BundleAsync()
    {
        var store = new MemoryBlobStore();
        var shape = new TensorShape(3, 2);
        await using BundleWriter writer = await BundleWriter.CreateAsync(store, Prefix, null, Token);
        foreach (TensorDType dtype in Enum.GetValues<TensorDType>().Where(dtype => dtype.IsFixedSize()))
        {
            await writer.AddAsync($"scope/of/{dtype}", TensorValue.FromBytes(dtype, shape, new byte[6 * dtype.ElementBytes()]), Token);
        }

        await writer.AddAsync("strings", TensorValue.OfStrings(new TensorShape(3), "", "a", new string('x', 200)), Token);
        await writer.AddAsync("variants", TensorValue.FromElements(TensorDType.Variant, TensorShape.Scalar, [VariantElement.Create("T", [1]).Bytes]), Token);
        foreach (int row in new[] { 0, 1, 2 })
        {
            await writer.AddAsync(
                new BundleItem("w", TensorDType.Float, shape) { Slice = TensorSlice.Rows(shape, row, 1) }, TensorValue.Of(new TensorShape(1, 2), 1f, row), Token);
        }

        await writer.FinishAsync(Token);
        return store;
    }
}
