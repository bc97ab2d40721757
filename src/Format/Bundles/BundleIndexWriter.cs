using System.Buffers;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Makes the index of a bundle from the places of its tensors, in any order, byte for byte as TensorFlow would. It never sees the data; entries of
/// several data files may come from several writers.</summary>
public sealed class BundleIndexWriter
{
    private readonly SortedDictionary<byte[], BundleEntry> _entries = new(KeyComparer.Instance);
    private readonly Dictionary<byte[], List<(TensorSlice Slice, DataRange Data)>> _slices = new(KeyComparer.Instance);

    /// <summary>Adds a tensor that is stored whole.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the name is empty or was added before (<c>Adding duplicate
    /// key</c>), or the length contradicts dtype and shape.</exception>
    public void AddTensor(string name, TensorDType dtype, TensorShape shape, DataRange data)
    {
        byte[] key = KeyOf(name);
        CheckLength(name, dtype, shape, data);
        if (!_entries.TryAdd(key, new BundleEntry(dtype, shape, data)))
        {
            throw Duplicate(name);
        }
    }

    /// <summary>Adds a slice of a partitioned tensor. A slice that covers everything makes a plain entry; otherwise the tensor's own entry, which lists the
    /// slices, is made along.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="dtype">Its type, the same for all slices.</param>
    /// <param name="fullShape">The shape of the whole tensor, the same for all slices.</param>
    /// <param name="slice">Which part; its spelling becomes its key.</param>
    /// <param name="data">Where the bytes are.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: as <see cref="AddTensor"/>, or the slice does not fit, or another
    /// slice gave another dtype or shape.</exception>
    public void AddSlice(string name, TensorDType dtype, TensorShape fullShape, TensorSlice slice, DataRange data)
    {
        TensorShape shape = SliceShape(name, fullShape, slice);
        if (shape.Equals(fullShape))
        {
            AddTensor(name, dtype, fullShape, data);
            return;
        }

        byte[] key = KeyOf(name);
        CheckLength($"{name} slice {slice}", dtype, shape, data);
        if (!_slices.TryGetValue(key, out List<(TensorSlice Slice, DataRange Data)>? slices))
        {
            if (!_entries.TryAdd(key, new BundleEntry(dtype, fullShape, default)))
            {
                throw Duplicate(name);
            }

            _slices.Add(key, slices = []);
        }

        BundleEntry whole = _entries[key];
        if (whole.DType != dtype || !whole.Shape.Equals(fullShape))
        {
            throw Bad($"Slices of '{name}' disagree: {whole.DType.ShortName()} {whole.Shape} and {dtype.ShortName()} {fullShape}.");
        }

        if (!_entries.TryAdd(SliceKeys.Encode(key, slice), new BundleEntry(dtype, shape, data)))
        {
            throw Duplicate($"{name} slice {slice}");
        }

        slices.Add((slice, data));
    }

    /// <summary>The index file for <paramref name="shardCount"/> data files.</summary>
    /// <param name="shardCount">How many data files there are.</param>
    /// <param name="isCompressed">Stores blocks in Snappy's format where that makes them shorter (see
    /// <see cref="BundleWriterOptions.CompressesIndex"/>).</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: a tensor lies in a data file that there is not, or slices overlap
    /// or leave gaps.
    /// <see cref="CheckpointError.LimitExceeded"/>: too many tensors for one index.</exception>
    public byte[] ToBytes(int shardCount, bool isCompressed = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        var table = new TableWriter(isCompressed);
        var value = new ArrayBufferWriter<byte>();
        table.Add([], BundleHeader.ForShards(shardCount).Encode());
        foreach ((byte[] key, BundleEntry entry) in _entries)
        {
            BundleEntry complete = _slices.TryGetValue(key, out List<(TensorSlice Slice, DataRange Data)>? slices) ? Complete(key, entry, slices) : entry;
            if (complete.Data.ShardIndex < 0 || complete.Data.ShardIndex >= shardCount)
            {
                throw Bad($"'{TensorNames.NameOf(key)}' lies in data file {complete.Data.ShardIndex}, but there are {shardCount}.");
            }

            value.ResetWrittenCount();
            complete.WriteTo(value);
            table.Add(key, value.WrittenSpan);
        }

        return table.Finish();
    }

    // As after TensorFlow's merge: slices data file by data file, and in the whole's entry the number of the first data file that holds one.
    private static BundleEntry Complete(byte[] key, BundleEntry whole, List<(TensorSlice Slice, DataRange Data)> slices)
    {
        string name = TensorNames.NameOf(key);
        SliceTiling.CheckComplete(name, whole.Shape, slices.Select(slice => slice.Slice));
        var ordered = slices.OrderBy(slice => slice.Data.ShardIndex).ThenBy(slice => slice.Data.OffsetBytes).ToList();
        return whole with { Data = new DataRange(ordered[0].Data.ShardIndex, 0, 0, 0), Slices = [.. ordered.Select(slice => slice.Slice)] };
    }

    private static TensorShape SliceShape(string name, TensorShape fullShape, TensorSlice slice) =>
        new(SliceBox.Resolve(slice, fullShape, name).Lengths.AsSpan());

    private static void CheckLength(string name, TensorDType dtype, TensorShape shape, DataRange data)
    {
        if (EntryRules.SizeFault(name, new BundleEntry(dtype, shape, data)) is { } fault)
        {
            throw Bad(fault);
        }
    }

    private static byte[] KeyOf(string name) => name.Length > 0 ? TensorNames.KeyOf(name) : throw Bad("A tensor needs a name: the empty key is the header's.");

    private static CheckpointException Duplicate(string name) => Bad($"Adding duplicate key: {name}");

    private static CheckpointException Bad(string message) => new(CheckpointError.InvalidArgument, message);
}
