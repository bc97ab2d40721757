using System.Collections.Immutable;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Turns the entries of a table into an index: header, entries, and slices folded into their tensors.</summary>
internal static class BundleIndexParser
{
    /// <summary>More data files than this are damage, not a checkpoint.</summary>
    private const int ShardCountMax = 1_000_000;

    public static BundleIndex Parse(IReadOnlyList<TableEntry> entries, string fileName, bool isCompressed = false)
    {
        BundleHeader header = ParseHeader(entries.Count > 0 ? entries[0] : throw NoHeader(fileName), fileName);
        List<BundleRecord> records = new(entries.Count - 1);
        foreach (TableEntry entry in entries.Skip(1))
        {
            records.Add(ParseRecord(entry, header, fileName));
        }

        return new BundleIndex(fileName, header, records, Fold(records, fileName)) { IsCompressed = isCompressed };
    }

    /// <summary>The header, from the first entry.</summary>
    public static BundleHeader ParseHeader(TableEntry entry, string fileName)
    {
        if (entry.Key.Length != 0)
        {
            throw CheckpointException.Corrupt(
                fileName, entry.OffsetBytes, "the header entry is missing; the file is a table, but not the index of a checkpoint");
        }

        // A V1 checkpoint is a table as well, with SavedTensorSlices under the empty key: field 1 is a message there, a number in a header.
        if (entry.Value.Span is [0x0A, ..])
        {
            throw new CheckpointException(
                CheckpointError.Unsupported,
                $"'{fileName}' is a V1 checkpoint, which Cairn does not read; load it in TensorFlow 1.x and save it with write_version=V2.");
        }

        BundleHeader header;
        try
        {
            header = BundleHeader.Decode(entry.Value.Span);
        }
        catch (InvalidDataException fault)
        {
            throw CheckpointException.Corrupt(fileName, entry.OffsetBytes, $"Unable to read file (unable to parse header): {fault.Message}", fault);
        }

        CheckVersion(header, fileName);
        return header.ShardCount is > 0 and <= ShardCountMax
            ? header
            : throw CheckpointException.Corrupt(fileName, entry.OffsetBytes, $"the header says {header.ShardCount} data files");
    }

    private static void CheckVersion(BundleHeader header, string fileName)
    {
        string? reason = null;
        if (header.Producer < 0)
        {
            reason = $"Checkpoint producer version {header.Producer} below min producer 0 supported.  Please regenerate your checkpoint.";
        }
        else if (header.ConsumerMin > BundleHeader.Version)
        {
            reason = $"Checkpoint min consumer version {header.ConsumerMin} above current version {BundleHeader.Version}.  Please upgrade Cairn.";
        }
        else if (header.BadConsumers.Contains(BundleHeader.Version))
        {
            reason = $"Checkpoint disallows consumer version {BundleHeader.Version}.  Please upgrade Cairn: this version is likely buggy.";
        }

        if (reason is not null)
        {
            throw new CheckpointException(CheckpointError.Unsupported, $"'{fileName}': {reason}");
        }
    }

    /// <summary>An entry under its own key.</summary>
    public static BundleRecord ParseRecord(TableEntry entry, BundleHeader header, string fileName)
    {
        try
        {
            BundleEntry value = BundleEntry.Decode(entry.Value.Span);
            return value.Data.ShardIndex < header.ShardCount || value.IsSliced
                ? new BundleRecord(entry.Key, value, entry.OffsetBytes)
                : throw new InvalidDataException($"it lies in data file {value.Data.ShardIndex}, but there are {header.ShardCount}");
        }
        catch (InvalidDataException fault)
        {
            throw CheckpointException.Corrupt(
                fileName, entry.OffsetBytes, $"Entry for key {TensorNames.NameOf(entry.Key)} not parseable: {fault.Message}", fault);
        }
    }

    private static ImmutableArray<BundleTensor> Fold(List<BundleRecord> records, string fileName)
    {
        // Slice keys begin with a zero byte, so they are among the first records; a name may begin so too.
        Dictionary<byte[], BundleRecord> low = records.TakeWhile(record => record.Key[0] == 0).ToDictionary(record => record.Key, KeyComparer.Instance);
        HashSet<byte[]> sliceKeys = new(KeyComparer.Instance);
        List<BundleTensor> tensors = new(records.Count);
        foreach (BundleRecord record in records)
        {
            string name = TensorNames.NameOf(record.Key);
            ImmutableArray<BundlePart> parts = record.Entry.IsSliced
                ? FindParts(name, record, low, sliceKeys, fileName)
                : [new BundlePart(name, TensorSlice.Full(record.Entry.Shape.Rank), record.Entry)];
            tensors.Add(new BundleTensor(record.Key, record.Entry, parts));
        }

        tensors.RemoveAll(tensor => sliceKeys.Contains(tensor.KeyBytes));
        return [.. tensors];
    }

    private static ImmutableArray<BundlePart> FindParts(
        string name, BundleRecord whole, Dictionary<byte[], BundleRecord> low, HashSet<byte[]> sliceKeys, string fileName)
    {
        ImmutableArray<BundlePart>.Builder parts = ImmutableArray.CreateBuilder<BundlePart>(whole.Entry.Slices.Length);
        foreach (TensorSlice slice in whole.Entry.Slices)
        {
            byte[] key = SliceKeys.Encode(whole.Key, slice);
            BundlePart part = PartOf(name, whole, slice, low.GetValueOrDefault(key), fileName);
            parts.Add(part);
            sliceKeys.Add(key);
        }

        return parts.MoveToImmutable();
    }

    /// <summary>The stored part of a partitioned tensor.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="whole">Its own entry.</param>
    /// <param name="slice">One of its slices.</param>
    /// <param name="stored">The entry under the slice's key, or null if there is none.</param>
    /// <param name="fileName">For messages.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: there is none, or it does not fit.</exception>
    public static BundlePart PartOf(string name, BundleRecord whole, TensorSlice slice, BundleRecord? stored, string fileName)
    {
        if (stored is null)
        {
            throw CheckpointException.Corrupt(fileName, whole.OffsetBytes, $"slice {slice} of '{name}' has no entry");
        }

        var part = new BundlePart(name, slice, stored.Entry);
        CheckPart(part, whole, stored, fileName);
        return part;
    }

    /// <summary>The complaint about a table without entries.</summary>
    public static CheckpointException NoHeader(string fileName) => CheckpointException.Corrupt(
        fileName, 0, "Unable to read file. Perhaps the file is corrupt or was produced by a newer version of TensorFlow (failed to seek to header entry)");

    private static void CheckPart(BundlePart part, BundleRecord whole, BundleRecord stored, string fileName)
    {
        if (!SliceBox.TryResolve(part.Slice, whole.Entry.Shape, out SliceBox box)
            || stored.Entry.DType != whole.Entry.DType || stored.Entry.IsSliced || !stored.Entry.Shape.Dimensions.SequenceEqual(box.Lengths))
        {
            throw CheckpointException.Corrupt(
                fileName,
                stored.OffsetBytes,
                $"slice {part.Slice} of '{part.TensorName}' ({Describe(whole.Entry)}) is stored as {Describe(stored.Entry)}");
        }
    }

    private static string Describe(BundleEntry entry) => $"{entry.DType.ShortName()} {entry.Shape}";
}
