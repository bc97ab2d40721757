using System.Buffers;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Format.Bundles;

/// <summary>Writes a blob from pieces of any size through one block of memory, which it owns.</summary>
internal sealed class BlockUpload : IAsyncDisposable
{
    /// <summary>Blocks of one blob (Azure's limit).</summary>
    internal const int BlockCountMax = 50_000;

    /// <summary>A file of 50,000 of these has 390 GiB.</summary>
    internal const int BlockBytesDefault = 8 << 20;

    /// <summary>A file of 50,000 of these has 12 TiB, more than any store takes.</summary>
    internal const int BlockBytesMax = 256 << 20;

    private readonly IBlobUpload _upload;
    private readonly int _blockBytes;
    private byte[]? _block;
    private int _filled;
    private int _ordinal;

    private BlockUpload(string name, IBlobUpload upload, int blockBytes)
    {
        Name = name;
        _upload = upload;
        _blockBytes = blockBytes;
    }

    /// <summary>The blob.</summary>
    public string Name { get; }

    /// <summary>Bytes written so far.</summary>
    public long LengthBytes { get; private set; }

    /// <summary>Begins a blob that is written in blocks of <paramref name="blockBytes"/>.</summary>
    public static async ValueTask<BlockUpload> BeginAsync(IBlobStore store, string name, int blockBytes, CancellationToken cancellationToken) =>
        new(name, await store.BeginUploadAsync(name, Guid.NewGuid(), cancellationToken).ConfigureAwait(false), blockBytes);

    /// <summary>Begins a blob of a known length.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: it is longer than any store takes.</exception>
    public static ValueTask<BlockUpload> BeginSizedAsync(IBlobStore store, string name, long lengthBytes, CancellationToken cancellationToken)
    {
        long blockBytes = Math.Max(BlockBytesDefault, (lengthBytes + BlockCountMax - 1) / BlockCountMax);
        return blockBytes <= BlockBytesMax
            ? BeginAsync(store, name, (int)blockBytes, cancellationToken)
            : throw new CheckpointException(
                CheckpointError.LimitExceeded, $"'{BundleFiles.Describe(store, name)}' of {lengthBytes} bytes does not fit in {BlockCountMax} blocks.");
    }

    /// <summary>Appends bytes; they are copied.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            Memory<byte> room = await RoomAsync(cancellationToken).ConfigureAwait(false);
            int length = Math.Min(room.Length, bytes.Length);
            bytes[..length].CopyTo(room);
            Advance(length);
            bytes = bytes[length..];
        }
    }

    /// <summary>Free memory of the block, to be filled from the front and told of by <see cref="Advance"/>. Never empty.</summary>
    public async ValueTask<Memory<byte>> RoomAsync(CancellationToken cancellationToken)
    {
        _block ??= ArrayPool<byte>.Shared.Rent(_blockBytes);
        if (_filled == _blockBytes)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        return _block.AsMemory(_filled, _blockBytes - _filled);
    }

    /// <summary>Takes over bytes that were put into the memory of <see cref="RoomAsync"/>.</summary>
    public void Advance(int lengthBytes)
    {
        _filled += lengthBytes;
        LengthBytes += lengthBytes;
    }

    /// <summary>Stages what is left; the blob can then be committed.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_filled == 0)
        {
            return;
        }

        if (_ordinal == BlockCountMax)
        {
            throw new CheckpointException(
                CheckpointError.LimitExceeded, $"'{Name}' is longer than {BlockCountMax} blocks of {_blockBytes} bytes; use more data files.");
        }

        await _upload.StageAsync(_ordinal, LengthBytes - _filled, _block.AsMemory(0, _filled), cancellationToken).ConfigureAwait(false);
        _ordinal++;
        _filled = 0;
    }

    /// <summary>Makes the blob, after <see cref="FlushAsync"/>.</summary>
    public ValueTask<BlobETag?> TryCommitAsync(BlobCondition condition, CancellationToken cancellationToken) =>
        _upload.TryCommitAsync(condition, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_block is not null)
        {
            ArrayPool<byte>.Shared.Return(_block);
            _block = null;
        }

        await _upload.DisposeAsync().ConfigureAwait(false);
    }
}
