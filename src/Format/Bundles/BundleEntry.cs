using System.Buffers;
using System.Collections.Immutable;
using Cairn.Format.Tensors;
using Cairn.Format.Wire;

namespace Cairn.Format.Bundles;

/// <summary>The value of one key of an index: a tensor, a slice, or the whole of a partitioned tensor, which has slices instead of bytes.</summary>
/// <param name="DType">The type of the elements.</param>
/// <param name="Shape">The shape of what the key names (of the slice, for a slice).</param>
/// <param name="Data">Where the bytes are; meaningless when there are slices (a merge may leave a shard number in it, which is kept).</param>
/// <param name="Slices">How a partitioned tensor is cut, in the order of saving; empty otherwise.</param>
/// <remarks><code>
/// BundleEntryProto = 1: enum dtype, 2: shape (always there), 3: int32 shard_id, 4: int64 offset, 5: int64 size,
///                    6: fixed32 masked crc32c, 7: TensorSliceProto slices*
/// TensorShapeProto = 2: Dim* { 1: int64 size, 2: string name }, 3: bool unknown_rank
/// TensorSliceProto = 1: Extent* { 1: int64 start, 2: int64 length (oneof: there even when zero; absent for a whole axis) }
/// </code>Source: tensor_bundle.proto, tensor_shape.proto, tensor_slice.proto of TensorFlow.
/// Zero scalars are left out, unknown fields are passed over.</remarks>
public sealed record BundleEntry(TensorDType DType, TensorShape Shape, DataRange Data, ImmutableArray<TensorSlice> Slices)
{
    /// <summary>An entry with bytes of its own.</summary>
    public BundleEntry(TensorDType dtype, TensorShape shape, DataRange data)
        : this(dtype, shape, data, [])
    {
    }

    /// <summary>True for the whole of a partitioned tensor.</summary>
    public bool IsSliced => !Slices.IsEmpty;

    /// <summary>Parses an entry.</summary>
    /// <exception cref="InvalidDataException">It does not parse.</exception>
    internal static BundleEntry Decode(ReadOnlySpan<byte> bytes)
    {
        long dtype = 0, shardIndex = 0, offset = 0, size = 0;
        uint crc = 0;
        TensorShape? shape = null;
        ImmutableArray<TensorSlice>.Builder slices = ImmutableArray.CreateBuilder<TensorSlice>();
        var reader = new WireReader(bytes);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    dtype = (long)reader.ReadVarint();
                    break;
                case 2:
                    shape = DecodeShape(reader.ReadBytes());
                    break;
                case 3:
                    shardIndex = (long)reader.ReadVarint();
                    break;
                case 4:
                    offset = (long)reader.ReadVarint();
                    break;
                case 5:
                    size = (long)reader.ReadVarint();
                    break;
                case 6:
                    crc = reader.ReadFixed32();
                    break;
                case 7:
                    slices.Add(DecodeSlice(reader.ReadBytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (offset < 0 || size < 0 || offset > long.MaxValue - size || shardIndex is < 0 or > int.MaxValue)
        {
            throw new InvalidDataException($"shard {shardIndex}, offset {offset} or size {size} is out of range");
        }

        return new BundleEntry((TensorDType)(int)dtype, shape ?? TensorShape.Scalar, new DataRange((int)shardIndex, offset, size, crc), slices.ToImmutable());
    }

    /// <summary>Serialises the entry, byte for byte as TensorFlow does.</summary>
    internal byte[] Encode()
    {
        var entry = new ArrayBufferWriter<byte>();
        WriteTo(entry);
        return entry.WrittenSpan.ToArray();
    }

    /// <summary>Appends the serialised entry.</summary>
    internal void WriteTo(IBufferWriter<byte> writer)
    {
        ProtoFields.WriteVarint(writer, 1, (int)DType);
        WriteShape(writer);
        ProtoFields.WriteVarint(writer, 3, Data.ShardIndex);
        ProtoFields.WriteVarint(writer, 4, Data.OffsetBytes);
        ProtoFields.WriteVarint(writer, 5, Data.LengthBytes);
        ProtoFields.WriteFixed32(writer, 6, Data.MaskedCrc32C);
        foreach (TensorSlice slice in Slices)
        {
            WriteSlice(writer, slice);
        }
    }

    private static TensorShape DecodeShape(ReadOnlySpan<byte> bytes)
    {
        List<long> dimensions = [];
        var reader = new WireReader(bytes);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 2:
                    dimensions.Add(DecodePair(reader.ReadBytes()).First);
                    break;
                case 3 when reader.ReadVarint() != 0:
                    throw new InvalidDataException("Invalid tensor shape: the rank is unknown");
                case 3:
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        long[] array = [.. dimensions];
        return array.Length <= TensorShape.RankMax && TensorShape.CountElements(array) is not null
            ? new TensorShape(array)
            : throw new InvalidDataException($"Invalid tensor shape: [{string.Join(',', array.Take(TensorShape.RankMax))}]");
    }

    private static TensorSlice DecodeSlice(ReadOnlySpan<byte> bytes)
    {
        ImmutableArray<SliceExtent>.Builder extents = ImmutableArray.CreateBuilder<SliceExtent>();
        var reader = new WireReader(bytes);
        while (reader.MoveNext())
        {
            if (reader.Field != 1)
            {
                reader.Skip();
                continue;
            }

            (long start, long? length) = DecodePair(reader.ReadBytes());
            extents.Add(new SliceExtent(start, length ?? SliceExtent.LengthFull));
        }

        return new TensorSlice(extents.ToImmutable());
    }

    // A dimension {1: size} and an extent {1: start, 2: length} alike; a dimension's field 2 is its name, a string.
    private static (long First, long? Second) DecodePair(ReadOnlySpan<byte> bytes)
    {
        long first = 0;
        long? second = null;
        var reader = new WireReader(bytes);
        while (reader.MoveNext())
        {
            if (reader.Field == 1)
            {
                first = (long)reader.ReadVarint();
            }
            else if (reader.Field == 2 && reader.IsVarint)
            {
                second = (long)reader.ReadVarint();
            }
            else
            {
                reader.Skip();
            }
        }

        return (first, second);
    }

    // The length of a message comes before it, so it is counted first.
    private void WriteShape(IBufferWriter<byte> writer)
    {
        int length = 0;
        foreach (long size in Shape.Dimensions)
        {
            length += ProtoFields.MessageBytes(ProtoFields.VarintBytes(size));
        }

        ProtoFields.BeginMessage(writer, 2, length);
        foreach (long size in Shape.Dimensions)
        {
            ProtoFields.BeginMessage(writer, 2, ProtoFields.VarintBytes(size));
            ProtoFields.WriteVarint(writer, 1, size);
        }
    }

    private static void WriteSlice(IBufferWriter<byte> writer, TensorSlice slice)
    {
        int length = 0;
        foreach (SliceExtent extent in slice.Extents)
        {
            length += ProtoFields.MessageBytes(ExtentBytes(extent));
        }

        ProtoFields.BeginMessage(writer, 7, length);
        foreach (SliceExtent extent in slice.Extents)
        {
            ProtoFields.BeginMessage(writer, 1, ExtentBytes(extent));
            ProtoFields.WriteVarint(writer, 1, extent.Start);
            if (extent.Length != SliceExtent.LengthFull)
            {
                ProtoFields.WriteOneofVarint(writer, 2, extent.Length);
            }
        }
    }

    private static int ExtentBytes(SliceExtent extent) =>
        ProtoFields.VarintBytes(extent.Start) + (extent.Length == SliceExtent.LengthFull ? 0 : ProtoFields.OneofVarintBytes(extent.Length));
}
