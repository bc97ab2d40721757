using System.Buffers.Binary;
using Cairn.Format.Errors;
using Cairn.Format.Wire;

namespace Cairn.Format.Tables;

/// <summary>A checked and decompressed block, and the walk over its entries. Layout: <see cref="BlockBuilder"/>.</summary>
/// <param name="payload">The block's bytes without the trailer.</param>
/// <param name="fileName">For messages.</param>
/// <param name="offsetBytes">Where the block begins in the file.</param>
/// <param name="isCompressed">True when places inside <paramref name="payload"/> are not places in the file.</param>
internal sealed class TableBlock(ReadOnlyMemory<byte> payload, string fileName, long offsetBytes, bool isCompressed)
{
    /// <summary>All entries in order, whole keys ascending, restarts where the block says they are.</summary>
    /// <param name="keyBytesLeft">What the keys may still take; lowered by what they do.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>, or <see cref="CheckpointError.LimitExceeded"/> for keys too large in
    /// sum.</exception>
    public List<TableEntry> ReadEntries(ref long keyBytesLeft)
    {
        int restartsBegin = FindRestarts(out int restartCount);
        List<TableEntry> entries = [];
        byte[] lastKey = [];
        int restart = 0;
        for (int at = 0; at < restartsBegin;)
        {
            int entryBegin = at;
            TableEntry entry = ReadEntry(ref at, restartsBegin, lastKey, ref keyBytesLeft, out bool sharesKey);
            if (entries.Count > 0 && entry.Key.AsSpan().SequenceCompareTo(lastKey) <= 0)
            {
                throw Bad(entryBegin, "bad entry in block: keys do not ascend");
            }

            if (restart < restartCount && RestartAt(restartsBegin, restart) == (uint)entryBegin)
            {
                restart++;
                if (sharesKey)
                {
                    throw Bad(entryBegin, "bad entry in block: the key at a restart point is not whole");
                }
            }

            lastKey = entry.Key;
            entries.Add(entry);
        }

        bool isEmptyBlock = entries.Count == 0 && restartCount == 1 && RestartAt(restartsBegin, 0) == 0;
        return restart == restartCount || isEmptyBlock
            ? entries
            : throw Bad(restartsBegin, "bad block contents: a restart point is not the beginning of an entry");
    }

    /// <summary>Finds the entry of a key by its restart points, looking at few of the others.</summary>
    /// <param name="key">The key.</param>
    /// <param name="keyBytesLeft">As for <see cref="ReadEntries"/>.</param>
    /// <param name="found">The entry.</param>
    /// <exception cref="CheckpointException">As <see cref="ReadEntries"/>, for what was looked at.</exception>
    public bool TryFind(ReadOnlySpan<byte> key, ref long keyBytesLeft, out TableEntry found)
    {
        found = default;
        int end = FindRestarts(out int restartCount);
        byte[] lastKey = [];
        for (int at = end == 0 ? 0 : LastRestartBefore(key, end, restartCount); at < end;)
        {
            found = ReadEntry(ref at, end, lastKey, ref keyBytesLeft, out _);
            int order = found.Key.AsSpan().SequenceCompareTo(key);
            if (order >= 0)
            {
                return order == 0;
            }

            lastKey = found.Key;
        }

        return false;
    }

    // Where the last run of entries begins whose first key is not above the key.
    private int LastRestartBefore(ReadOnlySpan<byte> key, int end, int restartCount)
    {
        (int low, int high) = (0, restartCount - 1);
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (KeyAtRestart(end, middle).SequenceCompareTo(key) <= 0)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return PlaceOfRestart(end, low);
    }

    private ReadOnlySpan<byte> KeyAtRestart(int end, int restart)
    {
        int begin = PlaceOfRestart(end, restart);
        ReadOnlySpan<byte> rest = payload.Span[begin..end];
        uint shared = ReadLength(ref rest, begin);
        uint unshared = ReadLength(ref rest, begin);
        ReadLength(ref rest, begin);
        return shared == 0 && unshared <= (uint)rest.Length
            ? rest[..(int)unshared]
            : throw Bad(begin, "bad entry in block: the key at a restart point is not whole");
    }

    private int PlaceOfRestart(int end, int restart)
    {
        uint place = RestartAt(end, restart);
        return place < (uint)end ? (int)place : throw Bad(end, "bad block contents: a restart point is not the beginning of an entry");
    }

    private int FindRestarts(out int count)
    {
        uint stored = payload.Length >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(payload.Span[^sizeof(uint)..]) : uint.MaxValue;
        if (stored > (uint)((payload.Length - sizeof(uint)) / sizeof(uint)))
        {
            throw Bad(0, "bad block contents: impossible number of restart points");
        }

        count = (int)stored;
        return count == 0 ? 0 : payload.Length - (sizeof(uint) * (count + 1));
    }

    private uint RestartAt(int restartsBegin, int restart) =>
        BinaryPrimitives.ReadUInt32LittleEndian(payload.Span[(restartsBegin + (sizeof(uint) * restart))..]);

    private TableEntry ReadEntry(ref int at, int end, byte[] lastKey, ref long keyBytesLeft, out bool sharesKey)
    {
        int begin = at;
        ReadOnlySpan<byte> rest = payload.Span[at..end];
        uint shared = ReadLength(ref rest, begin);
        uint unshared = ReadLength(ref rest, begin);
        uint valueBytes = ReadLength(ref rest, begin);
        if (shared > (uint)lastKey.Length || (ulong)unshared + valueBytes > (uint)rest.Length)
        {
            throw Bad(begin, "bad entry in block: its lengths run past the block");
        }

        keyBytesLeft -= (long)shared + unshared;
        if (keyBytesLeft < 0)
        {
            throw new CheckpointException(CheckpointError.LimitExceeded, $"The keys of '{fileName}' take too much memory: at byte {offsetBytes} a block of {payload.Length} bytes shares more than any writer does.");
        }

        byte[] key = new byte[shared + unshared];
        lastKey.AsSpan(0, (int)shared).CopyTo(key);
        rest[..(int)unshared].CopyTo(key.AsSpan((int)shared));
        int valueBegin = end - rest.Length + (int)unshared;
        at = valueBegin + (int)valueBytes;
        sharesKey = shared != 0;
        return new TableEntry(key, payload.Slice(valueBegin, (int)valueBytes), isCompressed ? offsetBytes : offsetBytes + begin);
    }

    private uint ReadLength(ref ReadOnlySpan<byte> rest, int entryBegin)
    {
        if (!Varint.TryRead(rest, out ulong value, out int length) || value > uint.MaxValue)
        {
            throw Bad(entryBegin, "bad entry in block: a length does not parse");
        }

        rest = rest[length..];
        return (uint)value;
    }

    private CheckpointException Bad(int at, string reason) => CheckpointException.Corrupt(fileName, isCompressed ? offsetBytes : offsetBytes + at, reason);
}
