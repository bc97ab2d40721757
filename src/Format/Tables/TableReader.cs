using Cairn.Format.Errors;

namespace Cairn.Format.Tables;

/// <summary>Reads a table that is in memory whole. Every block is checked before anything in it is looked at. Layout: <see cref="TableFormat"/>.</summary>
internal sealed class TableReader(ReadOnlyMemory<byte> file, string fileName, long contentBytesMax = TableFormat.ContentBytesMax)
{
    private long _decompressedBytesLeft = contentBytesMax;
    private long _keyBytesLeft = contentBytesMax;
    private long _payloadBytesLeft = file.Length;

    /// <summary>The length of the file.</summary>
    public long LengthBytes => file.Length;

    /// <summary>True once a Snappy block was read.</summary>
    public bool IsCompressed { get; private set; }

    /// <summary>Reads the footer.</summary>
    public TableFooter ReadFooter() => TableFooter.Read(file.Span, fileName);

    /// <summary>All entries in key order.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/> with the place, or <see cref="CheckpointError.LimitExceeded"/>.</exception>
    public List<TableEntry> ReadAll()
    {
        List<TableEntry> all = [];
        foreach (TableEntry indexEntry in ReadBlock(ReadFooter().Index))
        {
            BlockHandle handle = ReadHandle(indexEntry);
            List<TableEntry> entries = ReadBlock(handle);
            if (all.Count > 0 && entries.Count > 0 && entries[0].Key.AsSpan().SequenceCompareTo(all[^1].Key) <= 0)
            {
                throw CheckpointException.Corrupt(fileName, handle.OffsetBytes, "bad block contents: keys do not ascend from block to block");
            }

            all.AddRange(entries);
        }

        return all;
    }

    /// <summary>The handle that an entry of the index block holds. Bytes after it are ignored.</summary>
    public BlockHandle ReadHandle(TableEntry indexEntry) =>
        BlockHandle.TryRead(indexEntry.Value.Span, file.Length - TableFormat.FooterBytes, out BlockHandle handle, out _)
            ? handle
            : throw CheckpointException.Corrupt(fileName, indexEntry.OffsetBytes, "bad block handle in the index block");

    /// <summary>The entries of one block, after its checksum and decompression.</summary>
    public List<TableEntry> ReadBlock(BlockHandle handle)
    {
        // Blocks lie side by side, so that together they are no longer than the file. Without this, many handles of one long block would take its time as often.
        _payloadBytesLeft -= handle.LengthBytes;
        if (_payloadBytesLeft < 0)
        {
            throw CheckpointException.Corrupt(fileName, handle.OffsetBytes, "bad block handle: blocks overlap");
        }

        ReadOnlyMemory<byte> stored = file.Slice((int)handle.OffsetBytes, (int)handle.LengthBytes + BlockHandle.TrailerBytes);
        StoredBlock block = StoredBlock.Open(stored, handle.OffsetBytes, fileName, _decompressedBytesLeft);
        if (block.IsCompressed)
        {
            _decompressedBytesLeft -= block.Payload.Length;
            IsCompressed = true;
        }

        return ReadEntries(block);
    }

    private List<TableEntry> ReadEntries(StoredBlock block)
    {
        long budget = Math.Min(_keyBytesLeft, block.KeyBytesMax);
        long left = budget;
        List<TableEntry> entries = block.Entries.ReadEntries(ref left);
        _keyBytesLeft -= budget - left;
        return entries;
    }
}
