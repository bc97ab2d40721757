using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Restoring;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Tests.Coordination.Restoring;

/// <summary>A plan is carried out here on real bytes, byte by byte, so that what it says is what it gives.</summary>
public sealed class LoadPlannerTests
{
    private static readonly SiloAddress[] Silos = [.. Enumerable.Range(1, 3).Select(port => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, port), 1))];

    [Theory]
    [InlineData(5, 1)]
    [InlineData(5, 2)]
    [InlineData(5, 3)]
    [InlineData(5, 7)]
    [InlineData(5, 5)]
    [InlineData(1, 3)]
    [InlineData(1, 1)]
    public void RowsOfOnePartitioning_IntoAnother_BringsEveryElement_AndReadsEachByteOnce(int stored, int shards)
    {
        TensorShape shape = new(11, 3);
        VariableDefinition saved = new("v", TensorDType.UInt8, shape, stored, true, null, null);
        Bundle bundle = Bundle.Write(shape, [.. Enumerable.Range(0, stored).Select(index => saved.SliceOf(index) ?? TensorSlice.Full(2))]);

        LoadPlan plan = bundle.Plan(shards);

        Assert.Equal(bundle.Elements, bundle.CarryOut(plan, shards));
        Assert.Equal(bundle.Elements.Length, plan.LengthBytes);
        plan.Verify(bundle.Receipts(plan));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ColumnSlices_AreCutByRows_AndVerifiedWhole(int shards)
    {
        TensorSlice Columns(long start, long length) => new([SliceExtent.Full, new SliceExtent(start, length), new SliceExtent(0, 2)]);
        Bundle bundle = Bundle.Write(new TensorShape(5, 4, 2), [Columns(0, 1), Columns(1, 3)]);

        LoadPlan plan = bundle.Plan(shards);

        Assert.Equal(bundle.Elements, bundle.CarryOut(plan, shards));
        Assert.Equal(shards == 1 ? 0 : 2, plan.Checks.Length);
        plan.Verify(bundle.Receipts(plan));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void AnySlicesOfAnyShape_IntoAnyNumberOfShards_BringEveryElement(int seed)
    {
        Random random = new(seed);
        long[] dimensions = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (long)random.Next(1, 9))];
        TensorShape shape = new(dimensions);
        Bundle bundle = Bundle.Write(
            shape, [.. Cut(random, [.. dimensions.Select(dimension => new SliceExtent(0, dimension))], 4).Select(extents => new TensorSlice([.. extents]))]);
        int shards = random.Next(1, (int)dimensions[0] + 1);

        LoadPlan plan = bundle.Plan(shards);

        Assert.True(bundle.Elements.SequenceEqual(bundle.CarryOut(plan, shards)), $"seed {seed}");
        plan.Verify(bundle.Receipts(plan));
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 100)];

    [Fact]
    public void Verify_OfAFlippedByte_NamesFileOffsetAndTensor()
    {
        Bundle bundle = Bundle.Write(new TensorShape(6), [TensorSlice.Full(1)]);
        LoadPlan plan = bundle.Plan(3);
        bundle.Data[4] ^= 1;

        CheckpointException refused = Assert.Throws<CheckpointException>(() => plan.Verify(bundle.Receipts(plan)));

        Assert.Equal(CheckpointError.Corrupt, refused.Error);
        Assert.Contains("'m.data-00000-of-00001' is damaged at byte 0: 'v'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_WithAMissingOrShortDataFile_NamesIt()
    {
        Bundle bundle = Bundle.Write(new TensorShape(6), [TensorSlice.Full(1)]);

        CheckpointException missing = Assert.Throws<CheckpointException>(() => bundle.Plan(1, dataBytes: null));
        CheckpointException truncated = Assert.Throws<CheckpointException>(() => bundle.Plan(1, dataBytes: 5));

        Assert.Equal((CheckpointError.NotFound, CheckpointError.Corrupt), (missing.Error, truncated.Error));
        Assert.All([missing, truncated], fault => Assert.Contains("m.data-00000-of-00001", fault.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public void Make_ASizeThatContradictsTheShape_IsCorrupt(byte size)
    {
        Bundle bundle = Bundle.Write(new TensorShape(6), [TensorSlice.Full(1)]).WithStoredSize(size);

        CheckpointException refused = Assert.Throws<CheckpointException>(() => bundle.Plan(2, dataBytes: 100));

        Assert.Equal(CheckpointError.Corrupt, refused.Error);
        Assert.Contains(
            $"'m.data-00000-of-00001' is damaged at byte 0: Invalid size in bundle entry: key v; stored size {size}; expected size 6",
            refused.Message,
            StringComparison.Ordinal);
    }

    // Splits boxes at random, so that slices along every axis, of every size, tile the tensor.
    private static List<SliceExtent[]> Cut(Random random, SliceExtent[] box, int depth)
    {
        int axis = random.Next(box.Length);
        if (depth == 0 || box[axis].Length < 2 || random.Next(4) == 0)
        {
            return [box];
        }

        long first = random.NextInt64(1, box[axis].Length);
        SliceExtent[] left = [.. box];
        SliceExtent[] right = [.. box];
        left[axis] = new SliceExtent(box[axis].Start, first);
        right[axis] = new SliceExtent(box[axis].Start + first, box[axis].Length - first);
        return [.. Cut(random, left, depth - 1), .. Cut(random, right, depth - 1)];
    }

    private sealed record Bundle(TensorShape Shape, byte[] Elements, byte[] Data, BundleIndex Index)
    {
        private static readonly BlobETag ETag = new("1");

        public static Bundle Write(TensorShape shape, IReadOnlyList<TensorSlice> slices)
        {
            byte[] elements = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(index => (byte)(index + 1))];
            BundleIndexWriter index = new();
            List<byte> data = [];
            foreach (TensorSlice slice in slices)
            {
                SliceBox box = SliceBox.Resolve(slice, shape, "v");
                byte[] bytes = [.. Indexes(box).Select(at => elements[Offset(shape, at)])];
                index.AddSlice("v", TensorDType.UInt8, shape, slice, DataRange.Of(0, data.Count, bytes.Length, Crc32C.Append(0, bytes)));
                data.AddRange(bytes);
            }

            return new Bundle(shape, elements, [.. data], BundleIndex.Parse(index.ToBytes(1), "m.index"));
        }

        /// <summary>The same with a forged size in the entry, which ends in size (field 5) and checksum (field 6); the block's checksum is mended.</summary>
        public Bundle WithStoredSize(byte size)
        {
            byte[] table = Index.ToBytes();
            table[table.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x28, (byte)Elements.Length, 0x35]) + 1] = size;
            int trailer = table[^48] - 5; // The footer begins with the place of the metaindex, the second block.
            BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(trailer + 1), Crc32C.Mask(Crc32C.Append(0, table.AsSpan(0, trailer + 1))));
            return this with { Index = BundleIndex.Parse(table, "m.index") };
        }

        public LoadPlan Plan(int shards) => Plan(shards, Data.Length);

        public LoadPlan Plan(int shards, long? dataBytes)
        {
            CheckpointPrefix prefix = new("m");
            Dictionary<int, BlobProperties> files = dataBytes is { } length
                ? new() { [0] = new BlobProperties(prefix.DataName(0, 1), length, ETag, default) }
                : [];
            RestoreSource source = new(prefix, Index, files.ToFrozenDictionary());
            VariableDefinition variable = new("v", TensorDType.UInt8, Shape, shards, true, null, null);
            ShardMap map = ShardMap.Of(Enumerable.Range(0, shards).ToImmutableDictionary(
                index => new ShardId("ranker", "v", index), index => new ShardPlace(Guid.NewGuid(), Silos[index % Silos.Length], new Uri("http://127.0.0.1"))));
            return LoadPlanner.Make("ranker", [(source, [new SelectedTensor("v", variable, TensorPart.Value)])], map, Guid.NewGuid());
        }

        /// <summary>What the shards hold, put together again.</summary>
        public byte[] CarryOut(LoadPlan plan, int shards)
        {
            byte[] whole = new byte[Elements.Length];
            ShardLoad[] loads = [.. plan.Tickets.Values.SelectMany(ticket => ticket.Shards)];
            Assert.Equal(shards, loads.Length);
            foreach (ShardLoad load in loads)
            {
                SliceBox target = new(load.Start, load.Shape.Dimensions);
                foreach (LoadRange range in load.Ranges)
                {
                    SliceBox box = new(range.Start, range.Shape);
                    Assert.Equal(range.LengthBytes, box.ElementCount);
                    int at = (int)range.OffsetBytes;
                    foreach (long[] index in Indexes(box))
                    {
                        byte element = Data[at++];
                        if (Holds(target, index))
                        {
                            whole[Offset(Shape, index)] = element;
                        }
                    }
                }
            }

            return whole;
        }

        public Dictionary<SiloAddress, LoadReceipt> Receipts(LoadPlan plan) => plan.Tickets.ToDictionary(
            ticket => ticket.Key,
            ticket => new LoadReceipt([.. ticket.Value.Shards.SelectMany(shard => shard.Ranges).Select(ChecksumOf)]));

        private uint ChecksumOf(LoadRange range) => Crc32C.Append(0, Data.AsSpan((int)range.OffsetBytes, (int)range.LengthBytes));

        private static bool Holds(SliceBox box, long[] index) =>
            index.Select((at, axis) => at >= box.Starts[axis] && at < box.Starts[axis] + box.Lengths[axis]).All(isIn => isIn);

        private static int Offset(TensorShape shape, long[] index) =>
            (int)index.Select((at, axis) => (at, axis)).Aggregate(0L, (offset, each) => (offset * shape[each.axis]) + each.at);

        private static IEnumerable<long[]> Indexes(SliceBox box) => Enumerable.Range(0, (int)box.ElementCount).Select(number =>
        {
            long[] index = new long[box.Rank];
            long rest = number;
            for (int axis = box.Rank - 1; axis >= 0; axis--)
            {
                index[axis] = box.Starts[axis] + (rest % box.Lengths[axis]);
                rest /= box.Lengths[axis];
            }

            return index;
        });
    }
}
