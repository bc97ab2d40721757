using System.Buffers.Binary;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Snappier;

namespace Cairn.Format.Tables;

/// <summary>Reads a table that is in memory whole. Every block is checked before anything in it is looked at. Layout: <see cref="TableFormat"/>.</summary>
internal sealed class TableReader(ReadOnlyMemory<byte> file, string fileName, long contentBytesMax = TableFormat.ContentBytesMax)
{
    private readonly long _contentBytesMax = contentBytesMax;
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

        ReadOnlyMemory<byte> payload = file.Slice((int)handle.OffsetBytes, (int)handle.LengthBytes);
        ReadOnlySpan<byte> trailer = file.Span.Slice((int)(handle.OffsetBytes + handle.LengthBytes), BlockHandle.TrailerBytes);
        uint stored = Crc32C.Unmask(BinaryPrimitives.ReadUInt32LittleEndian(trailer[1..]));
        uint actual = Crc32C.Append(Crc32C.Append(0, payload.Span), trailer[..1]);
        if (stored != actual)
        {
            throw CheckpointException.Corrupt(fileName, handle.OffsetBytes, $"block checksum mismatch: stored {stored:x8}, calculated {actual:x8}");
        }

        bool isCompressed = trailer[0] == TableFormat.TypeSnappy;
        if (isCompressed)
        {
            payload = Decompress(payload, handle);
            IsCompressed = true;
        }
        else if (trailer[0] != TableFormat.TypeRaw)
        {
            throw CheckpointException.Corrupt(fileName, handle.OffsetBytes + handle.LengthBytes, $"bad block type {trailer[0]}");
        }

        return ReadEntries(new TableBlock(payload, fileName, handle.OffsetBytes, isCompressed), payload.Length);
    }

    private List<TableEntry> ReadEntries(TableBlock block, int payloadBytes)
    {
        long budget = Math.Min(_keyBytesLeft, TableFormat.KeyBytesSpare + ((long)payloadBytes * TableFormat.KeyExpansionMax));
        long left = budget;
        List<TableEntry> entries = block.ReadEntries(ref left);
        _keyBytesLeft -= budget - left;
        return entries;
    }

    private byte[] Decompress(ReadOnlyMemory<byte> payload, BlockHandle handle)
    {
        try
        {
            int length = Snappy.GetUncompressedLength(payload.Span);
            if (length > (long)payload.Length * TableFormat.SnappyExpansionMax)
            {
                throw CheckpointException.Corrupt(
                    fileName, handle.OffsetBytes, $"corrupted compressed block contents: {payload.Length} bytes cannot hold {length}");
            }

            _decompressedBytesLeft -= length;
            if (_decompressedBytesLeft < 0)
            {
                throw new CheckpointException(
                    CheckpointError.LimitExceeded, $"The blocks of '{fileName}' decompress to more than {_contentBytesMax} bytes.");
            }

            byte[] content = new byte[length];
            return Snappy.Decompress(payload.Span, content) == length ? content : throw new InvalidDataException("fewer bytes than declared");
        }
        catch (Exception fault) when (fault is InvalidDataException or ArgumentException)
        {
            throw CheckpointException.Corrupt(fileName, handle.OffsetBytes, $"corrupted compressed block contents ({fault.Message})", fault);
        }
    }
}
