using System.Buffers;
using System.Buffers.Binary;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Wire;
using Snappier;

namespace Cairn.Format.Tables;

/// <summary>Writes a table in memory, byte for byte as TensorFlow's TableBuilder does with the options of a bundle. Layout:
/// <see cref="TableFormat"/>.</summary>
/// <param name="isCompressed">Stores a block in Snappy's raw format where that saves more than an eighth of it (TensorFlow's rule).</param>
internal sealed class TableWriter(bool isCompressed = false)
{
    private readonly ArrayBufferWriter<byte> _file = new();
    private readonly ArrayBufferWriter<byte> _handle = new();
    private readonly BlockBuilder _data = new(TableFormat.RestartInterval);
    private readonly BlockBuilder _index = new(restartInterval: 1);
    private readonly KeyBuffer _last = new();
    private bool _hasEntries;
    private BlockHandle? _pending;

    /// <summary>Appends an entry.</summary>
    /// <exception cref="ArgumentException">The key is not above the last one.</exception>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: the file would be longer than
    /// <see cref="TableFormat.FileBytesMax"/>.</exception>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (_hasEntries && key.SequenceCompareTo(_last.Key) <= 0)
        {
            throw new ArgumentException("Keys must ascend, as unsigned bytes.", nameof(key));
        }

        long entryBytes = (long)key.Length + value.Length;
        if (_file.WrittenCount + _data.LengthBytes + _index.LengthBytes + (2 * entryBytes) > TableFormat.FileBytesMax)
        {
            throw new CheckpointException(
                CheckpointError.LimitExceeded, $"The index would be longer than {TableFormat.FileBytesMax} bytes; save fewer tensors in one checkpoint.");
        }

        // TensorFlow's addition to LevelDB: a huge entry does not share a block with what came before.
        if (_hasEntries && entryBytes >= 2L * TableFormat.BlockBytes)
        {
            Flush();
        }

        if (_pending is not null)
        {
            AddPending(TableKeys.ShortestSeparator(_last.Key, key));
        }

        _data.Add(key, value);
        _last.Set(key);
        _hasEntries = true;
        if (_data.LengthBytes >= TableFormat.BlockBytes)
        {
            Flush();
        }
    }

    /// <summary>Ends the table and returns the file.</summary>
    public byte[] Finish()
    {
        Flush();
        BlockHandle metaindex = WriteBlock(new BlockBuilder(TableFormat.RestartInterval).Finish());
        if (_pending is not null)
        {
            AddPending(TableKeys.ShortSuccessor(_last.Key));
        }

        BlockHandle index = WriteBlock(_index.Finish());
        int footerBegin = _file.WrittenCount;
        metaindex.Write(_file);
        index.Write(_file);
        int padding = TableFormat.FooterHandleBytes - (_file.WrittenCount - footerBegin);
        _file.GetSpan(padding)[..padding].Clear();
        _file.Advance(padding);
        BinaryPrimitives.WriteUInt64LittleEndian(_file.GetSpan(sizeof(ulong)), TableFormat.Magic);
        _file.Advance(sizeof(ulong));
        return _file.WrittenSpan.ToArray();
    }

    private void Flush()
    {
        if (!_data.IsEmpty)
        {
            _pending = WriteBlock(_data.Finish());
            _data.Reset();
        }
    }

    private void AddPending(ReadOnlySpan<byte> key)
    {
        _handle.ResetWrittenCount();
        _pending!.Value.Write(_handle);
        _index.Add(key, _handle.WrittenSpan);
        _pending = null;
    }

    private BlockHandle WriteBlock(ReadOnlySpan<byte> payload)
    {
        byte type = TableFormat.TypeRaw;
        if (isCompressed && Snappy.CompressToArray(payload) is { } compressed && compressed.Length < payload.Length - (payload.Length / 8))
        {
            payload = compressed;
            type = TableFormat.TypeSnappy;
        }

        var handle = new BlockHandle(_file.WrittenCount, payload.Length);
        _file.Write(payload);
        _file.Write([type]);
        uint crc = Crc32C.Append(Crc32C.Append(0, payload), [type]);
        _file.WriteFixed32(Crc32C.Mask(crc));
        return handle;
    }
}
