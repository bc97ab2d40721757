using Cairn.Format.Errors;

namespace Cairn.Format.Tables;

/// <summary>Checks every byte of a table: blocks that tile the file without gap or overlap, the metaindex that no reader needs, the padding of the footer,
/// handles in their only spelling.</summary>
internal sealed class TableVerifier(ReadOnlyMemory<byte> file, string fileName)
{
    private readonly TableReader _reader = new(file, fileName);
    private readonly List<(long OffsetBytes, string Reason)> _faults = [];
    private readonly List<BlockHandle> _blocks = [];

    /// <summary>What is wrong, in the order it was found.</summary>
    public IReadOnlyList<(long OffsetBytes, string Reason)> Faults => _faults;

    /// <summary>The entries of all blocks that could be read, in file order.</summary>
    public List<TableEntry> Entries { get; } = [];

    /// <summary>Runs the check, once.</summary>
    public void Run()
    {
        if (!Try(0, () => _reader.ReadFooter(), out TableFooter footer))
        {
            return;
        }

        CheckFooter(footer);
        if (Try(footer.Index.OffsetBytes, () => _reader.ReadBlock(footer.Index), out List<TableEntry>? index))
        {
            CheckDataBlocks(index!);
        }

        Try(footer.Metaindex.OffsetBytes, () => _reader.ReadBlock(footer.Metaindex), out List<TableEntry>? metaindex);
        if (metaindex is { Count: > 0 })
        {
            _faults.Add((footer.Metaindex.OffsetBytes, "the metaindex block is not empty"));
        }

        _blocks.Add(footer.Metaindex);
        _blocks.Add(footer.Index);
        if (index is not null)
        {
            CheckTiling();
        }
    }

    private void CheckFooter(TableFooter footer)
    {
        int begin = file.Length - TableFormat.FooterBytes;
        if (footer.Metaindex.EncodedBytes + footer.Index.EncodedBytes != footer.HandleBytes)
        {
            _faults.Add((begin, "a block handle of the footer is not in its shortest form"));
        }

        int stray = file.Span[(begin + footer.HandleBytes)..(begin + TableFormat.FooterHandleBytes)].IndexOfAnyExcept((byte)0);
        if (stray >= 0)
        {
            _faults.Add((begin + footer.HandleBytes + stray, "the padding of the footer is not zero"));
        }
    }

    private void CheckDataBlocks(List<TableEntry> index)
    {
        byte[]? lastIndexKey = null;
        foreach (TableEntry entry in index)
        {
            if (!Try(entry.OffsetBytes, () => _reader.ReadHandle(entry), out BlockHandle handle))
            {
                continue;
            }

            _blocks.Add(handle);
            if (entry.Value.Length != handle.EncodedBytes)
            {
                _faults.Add((entry.OffsetBytes, "a block handle of the index is not in its shortest form"));
            }

            if (Try(handle.OffsetBytes, () => _reader.ReadBlock(handle), out List<TableEntry>? entries) && entries!.Count > 0)
            {
                bool isAbove = entries[^1].Key.AsSpan().SequenceCompareTo(entry.Key) > 0;
                bool isBelow = lastIndexKey is not null && entries[0].Key.AsSpan().SequenceCompareTo(lastIndexKey) <= 0;
                if (isAbove || isBelow)
                {
                    _faults.Add((handle.OffsetBytes, "the keys of the block are outside the range that the index block gives it"));
                }

                Entries.AddRange(entries);
            }

            lastIndexKey = entry.Key;
        }
    }

    // Data blocks, metaindex, index, footer: each begins where the one before ends.
    private void CheckTiling()
    {
        long at = 0;
        foreach (BlockHandle block in _blocks)
        {
            if (block.OffsetBytes != at)
            {
                _faults.Add((Math.Min(at, block.OffsetBytes), $"a block begins at byte {block.OffsetBytes}, but the one before it ends at {at}"));
            }

            at = block.EndBytes;
        }

        if (at != file.Length - TableFormat.FooterBytes)
        {
            _faults.Add((at, $"the last block ends at byte {at}, but the footer begins at {file.Length - TableFormat.FooterBytes}"));
        }
    }

    private bool Try<T>(long offsetBytes, Func<T> read, out T? value)
    {
        try
        {
            value = read();
            return true;
        }
        catch (CheckpointException fault) when (fault.Error is CheckpointError.Corrupt or CheckpointError.LimitExceeded)
        {
            _faults.Add((fault.DamageOffsetBytes ?? offsetBytes, fault.DamageReason ?? fault.Message));
            value = default;
            return false;
        }
    }
}
