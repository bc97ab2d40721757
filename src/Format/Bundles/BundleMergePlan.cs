using System.Buffers;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>What a merge of checkpoints will be: which data file gets which number, and the entries of the new index. Pure.</summary>
/// <remarks>Source: MergeOneBundle and MergeBundles of tensorflow/core/util/tensor_bundle/tensor_bundle.cc. What those would make unreadable is refused: an input
/// with a data file that nothing lies in (the number of files would not be the header's), and slices that overlap.</remarks>
internal sealed class BundleMergePlan
{
    private readonly SortedDictionary<byte[], BundleEntry> _entries = new(KeyComparer.Instance);
    private readonly Dictionary<(CheckpointPrefix Prefix, int Shard), int> _numbers = [];
    private readonly List<MergedDataFile> _files = [];
    private BundleHeader? _header;

    /// <summary>The data files in their new order.</summary>
    public IReadOnlyList<MergedDataFile> Files => _files;

    /// <summary>Takes in an input; the order counts.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: it does not go together with those before it.</exception>
    public void Add(CheckpointPrefix prefix, BundleIndex index)
    {
        CheckHeader(prefix, index);
        int before = _files.Count;
        Dictionary<byte[], BundlePart> parts = PartsByKey(index);
        foreach (BundleRecord record in index.Records)
        {
            BundlePart? part = parts.GetValueOrDefault(record.Key);
            if (_entries.TryGetValue(record.Key, out BundleEntry? merged))
            {
                _entries[record.Key] = Join(prefix, part?.ToString() ?? TensorNames.NameOf(record.Key), record.Entry, merged);
                continue;
            }

            int shard = record.Entry.Data.ShardIndex;
            DataRange data = record.Entry.Data with { ShardIndex = NumberOf(prefix, shard, index.ShardCount) };
            _entries.Add(record.Key, record.Entry with { Data = data });
            if (part is not null)
            {
                _files[data.ShardIndex] = _files[data.ShardIndex].Holding(part);
            }
        }

        if (_files.Count - before != index.ShardCount)
        {
            throw Bad(
                $"Checkpoint '{prefix}' has {index.ShardCount} data file(s), but its tensors lie in {_files.Count - before}: merged, the index would count other "
                + "files than there are. Leave it out if it is empty, or copy it into fewer data files first.");
        }
    }

    /// <summary>The index of the merged checkpoint.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: slices of different inputs overlap.</exception>
    public byte[] ToBytes()
    {
        var table = new TableWriter();
        var value = new ArrayBufferWriter<byte>();
        table.Add([], (_header! with { ShardCount = _files.Count }).Encode());
        foreach ((byte[] key, BundleEntry entry) in _entries)
        {
            CheckOverlap(key, entry);
            value.ResetWrittenCount();
            entry.WriteTo(value);
            table.Add(key, value.WrittenSpan);
        }

        return table.Finish();
    }

    private void CheckHeader(CheckpointPrefix prefix, BundleIndex index)
    {
        BundleHeader header = index.Header;
        _header ??= header;
        if (header.IsBigEndian != _header.IsBigEndian)
        {
            throw Bad($"Merging bundles with conflicting endianness; inputs corrupted? '{prefix}' is {Order(header)}, those before it are {Order(_header)}.");
        }

        bool isSameVersion = header.Producer == _header.Producer && header.ConsumerMin == _header.ConsumerMin
            && header.BadConsumers.SequenceEqual(_header.BadConsumers);
        if (!isSameVersion)
        {
            throw Bad(
                $"Merging bundles with different format versions: merged {Version(_header)} vs. curr {Version(header)} ('{prefix}'). "
                + "Save both with one version of TensorFlow.");
        }
    }

    private static BundleEntry Join(CheckpointPrefix prefix, string label, BundleEntry added, BundleEntry merged)
    {
        if (!merged.IsSliced)
        {
            throw Bad($"Duplicate tensor keyed by {label} encountered, when merging prefix: {prefix}");
        }

        if (!added.IsSliced)
        {
            throw Bad($"Duplicate tensor keyed by {label}; attempting to merge in a non-slice bundle entry (of '{prefix}')");
        }

        return merged.DType == added.DType && merged.Shape.Equals(added.Shape)
            ? merged with { Slices = merged.Slices.AddRange(added.Slices) }
            : throw Bad(
                $"Slices of '{label}' disagree: {merged.DType.ShortName()} {merged.Shape}, but in '{prefix}' {added.DType.ShortName()} {added.Shape}.");
    }

    private static void CheckOverlap(byte[] key, BundleEntry entry)
    {
        string name = TensorNames.NameOf(key);
        List<(TensorSlice, SliceBox)> boxes = [.. entry.Slices.Select(slice => (slice, SliceBox.Resolve(slice, entry.Shape, name)))];
        if (SliceTiling.FindOverlap(boxes) is { } complaint)
        {
            throw Bad($"'{name}': {complaint}. Merged, it could not be read.");
        }
    }

    private int NumberOf(CheckpointPrefix prefix, int shard, int shardCount)
    {
        if (!_numbers.TryGetValue((prefix, shard), out int number))
        {
            _numbers.Add((prefix, shard), number = _files.Count);
            _files.Add(new MergedDataFile(prefix, prefix.DataName(shard, shardCount), shardCount, 0, null));
        }

        return number;
    }

    // What has bytes of its own; the whole of a partitioned tensor has none.
    private static Dictionary<byte[], BundlePart> PartsByKey(BundleIndex index)
    {
        Dictionary<byte[], BundlePart> parts = new(KeyComparer.Instance);
        foreach (BundleTensor tensor in index.Tensors)
        {
            foreach (BundlePart part in tensor.Parts)
            {
                parts.TryAdd(tensor.IsPartitioned ? SliceKeys.Encode(tensor.KeyBytes, part.Slice) : tensor.KeyBytes, part);
            }
        }

        return parts;
    }

    private static string Order(BundleHeader header) => header.IsBigEndian ? "big-endian" : "little-endian";

    private static string Version(BundleHeader header) =>
        $"(producer {header.Producer}, min_consumer {header.ConsumerMin}, bad_consumers [{string.Join(',', header.BadConsumers)}])";

    private static CheckpointException Bad(string message) => new(CheckpointError.InvalidArgument, message);
}
