using System.Buffers.Binary;
using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Checksums;
using Cairn.Format.Tensors;
using Cairn.Storage.Memory;
using CsCheck;

namespace Cairn.Format.Tests.Bundles;

/// <summary>Any slice of any tensor in any partitioning reads as it would from the whole.</summary>
public sealed class SliceReadTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly CheckpointPrefix Prefix = new("b");

    private static readonly Gen<(long[] Dimensions, int[][] Cuts, (long, long)[] Want)> Cases =
        from dimensions in Gen.Long[1, 6].Array[1, 4]
        from cuts in Gen.Int[1, 5].Array[0, 2].Array[dimensions.Length]
        from ends in Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]).Array[dimensions.Length]
        select (dimensions, cuts, ends.Select((end, axis) => Extent(dimensions[axis], end.Item1, end.Item2)).ToArray());

    [Fact]
    public void ReadAsync_AnySliceOfNumbers_IsThatOfTheWhole() => Cases.Sample(
        test => Run(test.Dimensions, test.Cuts, test.Want, numbers => TensorValue.Of(new TensorShape(numbers.Length), numbers), value => value.ToArray<int>()),
        iter: 300);

    [Fact]
    public void ReadAsync_AnySliceOfStrings_IsThatOfTheWhole() => Cases.Sample(
        test => Run(
            test.Dimensions,
            test.Cuts,
            test.Want,
            numbers => TensorValue.OfStrings(new TensorShape(numbers.Length), numbers.Select(n => $"{n}")),
            value => value.ToStrings().Select(int.Parse).ToArray()),
        iter: 100);

    [Fact]
    public void EntryChecker_InPiecesOfAnySize_SaysTheSame()
    {
        Gen<byte[][]> elements = Gen.Byte.Array[0, 300].Array[0, 12];
        Gen.Select(elements, Gen.Int[1, 40], Gen.Bool).Sample((values, piece, isString) =>
        {
            TensorDType dtype = isString ? TensorDType.String : TensorDType.Variant;
            (IEnumerable<ReadOnlyMemory<byte>> pieces, uint crc) = ElementsCodec.Join(dtype, [.. values.Select(value => (ReadOnlyMemory<byte>)value)]);
            byte[] bytes = [.. pieces.SelectMany(part => part.ToArray())];
            EntryChecker checker = EntryChecker.For(
                new BundleEntry(dtype, new TensorShape(values.Length), new DataRange(0, 0, bytes.Length, 0)), isBigEndian: false);
            foreach (byte[] chunk in bytes.Chunk(piece))
            {
                checker.Append(chunk);
            }

            Assert.Null(checker.Complete(crc));
            Assert.Equal(values, ElementsCodec.Split(dtype, values.Length, bytes).Select(element => element.ToArray()));
        });
    }

    [Theory]
    [InlineData(TensorDType.String, "the length of string 0 is not a varint in its shortest form")]
    [InlineData(TensorDType.Variant, "the length of variant 0 is not a varint in its shortest form")]
    public void EntryChecker_ALengthInALongerForm_IsAFault(TensorDType dtype, string reason)
    {
        byte[] zeroInTwoBytes = [0x80, 0x00, .. new byte[sizeof(uint)]];
        EntryChecker checker = EntryChecker.For(new BundleEntry(dtype, TensorShape.Scalar, new DataRange(0, 0, 6, 0)), isBigEndian: false);

        checker.Append(zeroInTwoBytes);

        Assert.Equal(reason, checker.Complete(0));
    }

    [Theory]
    [InlineData(TensorDType.Half, 2)]
    [InlineData(TensorDType.Float, 4)]
    [InlineData(TensorDType.Complex64, 4)]
    [InlineData(TensorDType.Complex128, 8)]
    [InlineData(TensorDType.Int64, 8)]
    [InlineData(TensorDType.UInt8, 1)]
    public async Task ReadAsync_ABigEndianBundle_TurnsEachNumberRound(TensorDType dtype, int unitBytes)
    {
        byte[] file = [.. Enumerable.Range(1, 3 * dtype.ElementBytes()).Select(i => (byte)i)];
        byte[] expected = [.. file.Chunk(unitBytes).SelectMany(unit => unit.Reverse())];
        var entry = new BundleEntry(dtype, new TensorShape(3), DataRange.Of(0, 0, file.Length, Crc32C.Append(0, file)));
        BundleReader reader = await OpenBigEndianAsync(entry, file);

        TensorValue value = await reader.ReadAsync("t", Token);
        byte[] last = new byte[dtype.ElementBytes()];
        await reader.ReadRowsAsync("t", 2, 1, last, Token);

        Assert.Equal(expected, value.Bytes.ToArray());
        Assert.Equal(expected, Drain(reader.OpenStream("t")));
        Assert.Equal(expected[^last.Length..], last);
    }

    [Fact]
    public async Task ReadAsync_StringsOfABigEndianBundle_AreChecked()
    {
        // Lengths 1 and 2 enter the checksum in the writer's order, and it is stored in that order.
        uint crc = Crc32C.Append(0, [0, 0, 0, 1, 0, 0, 0, 2]);
        byte[] stored = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(stored, Crc32C.Mask(crc));
        byte[] file = [1, 2, .. stored, .. "abc"u8];
        var entry = new BundleEntry(TensorDType.String, new TensorShape(2), DataRange.Of(0, 0, file.Length, Crc32C.Append(crc, [.. stored, .. "abc"u8])));
        BundleReader reader = await OpenBigEndianAsync(entry, file);

        TensorValue value = await reader.ReadAsync("t", Token);

        Assert.Equal(["a", "bc"], value.ToStrings());
    }

    private static byte[] Drain(Stream stream)
    {
        using (stream)
        {
            MemoryStream copy = new();
            stream.CopyToAsync(copy, 7, Token).GetAwaiter().GetResult();
            return copy.ToArray();
        }
    }

    private static async Task<BundleReader> OpenBigEndianAsync(BundleEntry entry, byte[] data)
    {
        var store = new MemoryBlobStore();
        var index = new BundleIndex("f", BundleHeader.ForShards(1) with { IsBigEndian = true }, [new BundleRecord("t"u8.ToArray(), entry, 0)], []);
        await store.TryWriteAsync(Prefix.DataName(0, 1), data, default, Token);
        await store.TryWriteAsync(Prefix.IndexName, index.ToBytes(), default, Token);
        Assert.Empty(await BundleVerifier.VerifyAsync(store, Prefix, Token).ToListAsync(Token));
        return await BundleReader.OpenAsync(store, Prefix, Token);
    }

    private static (long Start, long Length) Extent(long dimension, double a, double b)
    {
        long first = (long)(Math.Min(a, b) * dimension);
        long last = (long)(Math.Max(a, b) * dimension);
        return (Math.Min(first, dimension - 1), Math.Max(1, last - first));
    }

    private static void Run(
        long[] dimensions, int[][] cuts, (long Start, long Length)[] want, Func<int[], TensorValue> make, Func<TensorValue, int[]> numbersOf)
    {
        var shape = new TensorShape(dimensions);
        var store = new MemoryBlobStore();
        int[] whole = [.. Enumerable.Range(0, (int)shape.ElementCount)];
        WriteAsync(store, shape, cuts, whole, make).GetAwaiter().GetResult();
        BundleReader reader = BundleReader.OpenAsync(store, Prefix, Token).AsTask().GetAwaiter().GetResult();
        var slice = new TensorSlice([.. want.Select(extent => new SliceExtent(extent.Start, extent.Length))]);

        TensorValue all = reader.ReadAsync("w", Token).AsTask().GetAwaiter().GetResult();
        TensorValue part = reader.ReadAsync("w", slice, Token).AsTask().GetAwaiter().GetResult();

        Assert.Equal(whole, numbersOf(all));
        if (part.DType.IsFixedSize())
        {
            Assert.Equal(part.Bytes.ToArray(), Drain(reader.OpenStream("w", slice)));
            Assert.Equal(all.Bytes.ToArray(), Drain(reader.OpenStream("w")));
        }

        Assert.Equal(Pick(shape, whole, SliceBox.Resolve(slice, shape, "w")), numbersOf(part));
    }

    private static async Task WriteAsync(MemoryBlobStore store, TensorShape shape, int[][] cuts, int[] whole, Func<int[], TensorValue> make)
    {
        await using BundleWriter writer = await BundleWriter.CreateAsync(store, Prefix, options: null, Token);
        foreach (TensorSlice slice in Grid(shape, cuts))
        {
            TensorShape part = slice.ShapeIn(shape);
            TensorValue flat = make(Pick(shape, whole, SliceBox.Resolve(slice, shape, "w")));
            TensorValue value = flat.DType.IsFixedSize() ? TensorValue.FromBytes(flat.DType, part, flat.Bytes) : TensorValue.FromElements(
                flat.DType, part, flat.Elements);
            await writer.AddAsync(new BundleItem("w", value.DType, shape) { Slice = slice }, value, Token);
        }

        await writer.FinishAsync(Token);
    }

    // Every combination of the pieces into which each axis is cut.
    private static IEnumerable<TensorSlice> Grid(TensorShape shape, int[][] cuts)
    {
        IEnumerable<ImmutableArray<SliceExtent>> grid = [[]];
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            long[] borders = [0, .. cuts[axis].Select(cut => (long)cut).Where(cut => cut < shape[axis]).Distinct().Order(), shape[axis]];
            SliceExtent[] extents = [.. borders.Zip(borders.Skip(1), (from, to) => new SliceExtent(from, to - from))];
            grid = grid.SelectMany(outer => extents.Select(extent => outer.Add(extent))).ToList();
        }

        return grid.Select(extents => new TensorSlice(extents));
    }

    private static int[] Pick(TensorShape shape, int[] whole, SliceBox box) =>
    [
        .. whole.Where(flat =>
        {
            long rest = flat;
            for (int axis = shape.Rank - 1; axis >= 0; axis--)
            {
                long at = rest % shape[axis];
                rest /= shape[axis];
                if (at < box.Starts[axis] || at >= box.Starts[axis] + box.Lengths[axis])
                {
                    return false;
                }
            }

            return true;
        }),
    ];
}
