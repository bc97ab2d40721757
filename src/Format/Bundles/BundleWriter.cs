using Cairn.Format.Blobs;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Writes a checkpoint into a store: data in the order of adding, the index in key order, byte for byte as TensorFlow's BundleWriter. Nothing is
/// visible until <see cref="FinishAsync"/>; disposed before, it leaves nothing.
/// Memory is bounded by a block for each data file. One caller at a time.</summary>
/// <example><code>
/// await using BundleWriter writer = await BundleWriter.CreateAsync(store, new CheckpointPrefix("model.ckpt-1000"), options: null, cancellationToken);
/// await writer.AddAsync("weights", TensorValue.Of(new TensorShape(2, 2), 1f, 2f, 3f, 4f), cancellationToken);
/// await writer.AddAsync("global_step", TensorValue.Of(TensorShape.Scalar, 1000L), cancellationToken);
/// await writer.FinishAsync(cancellationToken);
/// </code></example>
public sealed class BundleWriter : IAsyncDisposable
{
    private readonly IBlobStore _store;
    private readonly CheckpointPrefix _prefix;
    private readonly BundleWriterOptions _options;
    private readonly BundlePublication _publication;
    private readonly BundleIndexWriter _index = new();
    private readonly BlockUpload?[] _shards;
    private readonly HashSet<(string Name, TensorSlice? Slice)> _added = [];
    private readonly List<BlockUpload> _attached = [];
    private bool _isClosed;

    private BundleWriter(IBlobStore store, CheckpointPrefix prefix, BundleWriterOptions options)
    {
        _store = store;
        _prefix = prefix;
        _options = options;
        _publication = new BundlePublication(store, prefix, options.Overwrite);
        _shards = new BlockUpload?[options.ShardCount];
    }

    /// <summary>Begins a checkpoint.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: there is one, and it may not be replaced.
    /// <see cref="CheckpointError.InvalidArgument"/>: an option is out of range.</exception>
    public static async ValueTask<BundleWriter> CreateAsync(
        IBlobStore store, CheckpointPrefix prefix, BundleWriterOptions? options, CancellationToken cancellationToken)
    {
        options ??= new BundleWriterOptions();
        if (options.ShardCount < 1 || options.DataAlignmentBytes < 1)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"A bundle needs one data file or more, and an alignment of 1 or more; not {options.ShardCount} and {options.DataAlignmentBytes}.");
        }

        if (options.BlockBytes is < 64 << 10 or > BlockUpload.BlockBytesMax)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"A bundle is written through blocks of 64 KiB to 256 MiB; not {options.BlockBytes} bytes.");
        }

        var writer = new BundleWriter(store, prefix, options);
        await writer._publication.CheckIsFreeAsync(cancellationToken).ConfigureAwait(false);
        return writer;
    }

    /// <summary>Adds a whole tensor to the first data file.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the name is empty or was added before.</exception>
    public ValueTask AddAsync(string name, TensorValue value, CancellationToken cancellationToken) =>
        AddAsync(new BundleItem(name, value.DType, value.Shape), value, cancellationToken);

    /// <summary>Adds a tensor or a slice.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the name is empty or was added before, or <paramref name="value"/>
    /// has another dtype or shape than <paramref name="item"/>.</exception>
    public async ValueTask AddAsync(BundleItem item, TensorValue value, CancellationToken cancellationToken)
    {
        Begin(item);
        if (item.DType != value.DType || !item.Shape.Equals(value.Shape))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"'{item}' is {item.DType.ShortName()} {item.Shape}, but its value is {value}.");
        }

        await WriteAsync(
            item,
            async shard =>
            {
                if (value.DType.IsFixedSize())
                {
                    return await WriteNumbersAsync(shard, value.Bytes, cancellationToken).ConfigureAwait(false);
                }

                (IEnumerable<ReadOnlyMemory<byte>> pieces, uint crc) = ElementsCodec.Join(value.DType, value.Elements);
                foreach (ReadOnlyMemory<byte> piece in pieces)
                {
                    await shard.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
                }

                return crc;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Adds a tensor or a slice of a fixed-size type from a stream that yields exactly its bytes, row-major little-endian.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: as for a value, or the stream is shorter or longer.</exception>
    public async ValueTask AddAsync(BundleItem item, Stream content, CancellationToken cancellationToken)
    {
        Begin(item);
        if (!item.DType.IsFixedSize())
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"'{item}' is {item.DType.ShortName()}; only types of a fixed size can be streamed.");
        }

        await WriteAsync(item, shard => WriteStreamAsync(item, shard, content, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies a file to stand beside the checkpoint, as soon as that does. Nothing happens if there is no such file.</summary>
    internal async ValueTask AttachAsync(IBlobStore source, string sourceName, string name, CancellationToken cancellationToken)
    {
        RequireOpen();
        if (await source.TryGetPropertiesAsync(sourceName, cancellationToken).ConfigureAwait(false) is { } file)
        {
            BlockUpload upload = await BlockUpload.BeginSizedAsync(_store, name, file.LengthBytes, cancellationToken).ConfigureAwait(false);
            _attached.Add(upload);
            await new DataFileScan(source, file, [], isBigEndian: false).RunAsync(upload.WriteAsync, cancellationToken).ConfigureAwait(false);
            await upload.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the checkpoint visible: data files, then the index. It is not cancelled once it has begun to. Nothing can be added afterwards.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: somebody else made it meanwhile.
    /// <see cref="CheckpointError.InvalidArgument"/>: slices overlap or are missing.</exception>
    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        byte[] index = _index.ToBytes(_options.ShardCount, _options.CompressesIndex);
        for (int shard = 0; shard < _shards.Length; shard++)
        {
            await (await OpenShardAsync(shard, cancellationToken).ConfigureAwait(false)).FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        _isClosed = true;
        await _publication.CommitAsync([.. _shards!, .. _attached], index).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        foreach (BlockUpload file in _shards.OfType<BlockUpload>().Concat(_attached))
        {
            await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Begin(BundleItem item)
    {
        RequireOpen();
        if (item.ShardIndex < 0 || item.ShardIndex >= _shards.Length)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"'{item}' is meant for data file {item.ShardIndex}, but there are {_shards.Length}.");
        }

        if (!_added.Add((item.Name, item.Slice)))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"Adding duplicate key: {item}");
        }
    }

    private async ValueTask WriteAsync(BundleItem item, Func<BlockUpload, ValueTask<uint>> write, CancellationToken cancellationToken)
    {
        // Half-written bytes cannot be taken back, so a fault closes the writer.
        _isClosed = true;
        BlockUpload shard = await OpenShardAsync(item.ShardIndex, cancellationToken).ConfigureAwait(false);
        long offset = shard.LengthBytes;
        uint crc = await write(shard).ConfigureAwait(false);
        DataRange data = DataRange.Of(item.ShardIndex, offset, shard.LengthBytes - offset, crc);
        if (item.Slice is null)
        {
            _index.AddTensor(item.Name, item.DType, item.FullShape, data);
        }
        else
        {
            _index.AddSlice(item.Name, item.DType, item.FullShape, item.Slice, data);
        }

        int gap = (int)(-shard.LengthBytes % _options.DataAlignmentBytes + _options.DataAlignmentBytes) % _options.DataAlignmentBytes;
        await shard.WriteAsync(new byte[gap], cancellationToken).ConfigureAwait(false);
        _isClosed = false;
    }

    private static async ValueTask<uint> WriteNumbersAsync(BlockUpload shard, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        uint crc = 0;
        while (!bytes.IsEmpty)
        {
            // The copy is summed, not the original, which its owner may be changing.
            Memory<byte> room = await shard.RoomAsync(cancellationToken).ConfigureAwait(false);
            Memory<byte> copy = room[..Math.Min(room.Length, bytes.Length)];
            bytes[..copy.Length].CopyTo(copy);
            crc = Crc32C.Append(crc, copy.Span);
            shard.Advance(copy.Length);
            bytes = bytes[copy.Length..];
        }

        return crc;
    }

    private static async ValueTask<uint> WriteStreamAsync(BundleItem item, BlockUpload shard, Stream content, CancellationToken cancellationToken)
    {
        Int128 expected = (Int128)item.Shape.ElementCount * item.DType.ElementBytes();
        long written = 0;
        uint crc = 0;
        while (true)
        {
            Memory<byte> room = await shard.RoomAsync(cancellationToken).ConfigureAwait(false);
            int read = await content.ReadAsync(room, cancellationToken).ConfigureAwait(false);
            written += read;
            if (written > expected || (read == 0 && written < expected))
            {
                string end = read == 0 ? $"ends after {written}" : "goes on";
                throw new CheckpointException(
                    CheckpointError.InvalidArgument, $"'{item}' of {item.DType.ShortName()} {item.Shape} is {expected} bytes, but its stream {end}.");
            }

            if (read == 0)
            {
                return crc;
            }

            crc = Crc32C.Append(crc, room.Span[..read]);
            shard.Advance(read);
        }
    }

    private async ValueTask<BlockUpload> OpenShardAsync(int shard, CancellationToken cancellationToken) =>
        _shards[shard] ??= await BlockUpload
            .BeginAsync(_store, _prefix.DataName(shard, _shards.Length), _options.BlockBytes, cancellationToken).ConfigureAwait(false);

    private void RequireOpen()
    {
        if (_isClosed)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"BundleWriter is closed: checkpoint '{_prefix}' was finished, or an earlier tensor failed.");
        }
    }
}
