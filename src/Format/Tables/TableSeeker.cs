using System.Collections.Concurrent;
using Cairn.Format.Errors;

namespace Cairn.Format.Tables;

/// <summary>Finds single entries of a table of any length, of which it reads the footer, the index block, and the data blocks that it is asked into; those are
/// kept, up to a number. May be used from anywhere at the same time.</summary>
internal sealed class TableSeeker
{
    /// <summary>Blocks of about 256 KiB that are kept.</summary>
    private const int KeptBlocksMax = 16;

    private readonly ReadAsync _read;
    private readonly string _fileName;
    private readonly long _fileBytes;
    private readonly List<TableEntry> _index;
    private readonly ConcurrentDictionary<BlockHandle, StoredBlock> _kept = new();

    private TableSeeker(ReadAsync read, string fileName, long fileBytes, List<TableEntry> index) =>
        (_read, _fileName, _fileBytes, _index) = (read, fileName, fileBytes, index);

    /// <summary>Gives bytes of the file; the memory is not changed afterwards.</summary>
    public delegate ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offsetBytes, int lengthBytes, CancellationToken cancellationToken);

    /// <summary>Reads the footer and the index block.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/> with the place, or <see cref="CheckpointError.LimitExceeded"/>.</exception>
    public static async ValueTask<TableSeeker> OpenAsync(ReadAsync read, string fileName, long fileBytes, CancellationToken cancellationToken)
    {
        int footerBytes = (int)Math.Min(TableFormat.FooterBytes, fileBytes);
        ReadOnlyMemory<byte> tail = await read(fileBytes - footerBytes, footerBytes, cancellationToken).ConfigureAwait(false);
        TableFooter footer = TableFooter.Read(tail.Span, fileName, fileBytes);
        var seeker = new TableSeeker(read, fileName, fileBytes, []);
        StoredBlock index = await seeker.ReadBlockAsync(footer.Index, cancellationToken).ConfigureAwait(false);
        long keyBytes = index.KeyBytesMax;
        seeker._index.AddRange(index.Entries.ReadEntries(ref keyBytes));
        return seeker;
    }

    /// <summary>The first entry, or null of an empty table.</summary>
    public async ValueTask<TableEntry?> FirstAsync(CancellationToken cancellationToken)
    {
        if (_index.Count == 0)
        {
            return null;
        }

        IReadOnlyList<TableEntry> entries = await BlockEntriesAsync([], cancellationToken).ConfigureAwait(false);
        return entries.Count > 0 ? entries[0] : null;
    }

    /// <summary>The entry of a key, or null.</summary>
    public async ValueTask<TableEntry?> TryFindAsync(byte[] key, CancellationToken cancellationToken)
    {
        if (HandleFor(key) is not { } handle)
        {
            return null;
        }

        StoredBlock block = await KeptBlockAsync(handle, cancellationToken).ConfigureAwait(false);
        long keyBytes = block.KeyBytesMax;
        return block.Entries.TryFind(key, ref keyBytes, out TableEntry found) ? found : null;
    }

    /// <summary>All entries of the block in which a key would be; none if it lies behind the last.</summary>
    public async ValueTask<IReadOnlyList<TableEntry>> BlockEntriesAsync(byte[] key, CancellationToken cancellationToken)
    {
        if (HandleFor(key) is not { } handle)
        {
            return [];
        }

        StoredBlock block = await KeptBlockAsync(handle, cancellationToken).ConfigureAwait(false);
        long keyBytes = block.KeyBytesMax;
        return block.Entries.ReadEntries(ref keyBytes);
    }

    // The first block whose key in the index is not below.
    private BlockHandle? HandleFor(byte[] key)
    {
        (int low, int high) = (0, _index.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_index[middle].Key.AsSpan().SequenceCompareTo(key) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        if (low == _index.Count)
        {
            return null;
        }

        return BlockHandle.TryRead(_index[low].Value.Span, _fileBytes - TableFormat.FooterBytes, out BlockHandle handle, out _)
            ? handle
            : throw CheckpointException.Corrupt(_fileName, _index[low].OffsetBytes, "bad block handle in the index block");
    }

    private async ValueTask<StoredBlock> KeptBlockAsync(BlockHandle handle, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue(handle, out StoredBlock kept))
        {
            return kept;
        }

        StoredBlock block = await ReadBlockAsync(handle, cancellationToken).ConfigureAwait(false);
        if (_kept.Count >= KeptBlocksMax)
        {
            _kept.Clear(); // Seldom: a table of so many blocks holds a hundred thousand tensors.
        }

        _kept[handle] = block;
        return block;
    }

    private async ValueTask<StoredBlock> ReadBlockAsync(BlockHandle handle, CancellationToken cancellationToken)
    {
        if (handle.LengthBytes > TableFormat.FileBytesMax)
        {
            throw new CheckpointException(
                CheckpointError.LimitExceeded, $"A block of '{_fileName}', at byte {handle.OffsetBytes}, is {handle.LengthBytes} bytes long.");
        }

        int length = (int)handle.LengthBytes + BlockHandle.TrailerBytes;
        ReadOnlyMemory<byte> stored = await _read(handle.OffsetBytes, length, cancellationToken).ConfigureAwait(false);
        return StoredBlock.Open(stored, handle.OffsetBytes, _fileName, TableFormat.ContentBytesMax);
    }
}
