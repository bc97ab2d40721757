using System.Collections.Concurrent;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.Blocks;

namespace Cairn.Storage.Memory;

/// <summary>Blocks held apart until the commit joins them.</summary>
internal sealed class MemoryBlobUpload(MemoryBlobStore store, string name) : IBlobUpload
{
    private readonly BlockLedger _ledger = new(name);
    private readonly ConcurrentDictionary<int, byte[]> _blocks = new();
    private bool _isOver;

    public ValueTask StageAsync(int ordinal, long offsetBytes, ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        Enter(cancellationToken);
        _ledger.Claim(ordinal, offsetBytes, block.Length);
        _blocks[ordinal] = block.ToArray();
        _ledger.Confirm(ordinal);
        return default;
    }

    public ValueTask<BlobETag?> TryCommitAsync(BlobCondition condition, CancellationToken cancellationToken)
    {
        Enter(cancellationToken);
        (int count, long lengthBytes) = _ledger.Total();
        if (lengthBytes > Array.MaxLength)
        {
            throw new CheckpointException(CheckpointError.LimitExceeded,
                $"'{name}' has {lengthBytes} bytes; the memory store holds blobs of at most {Array.MaxLength}.");
        }

        byte[] whole = new byte[lengthBytes];
        int offsetBytes = 0;
        for (int ordinal = 0; ordinal < count; ordinal++)
        {
            _blocks[ordinal].CopyTo(whole, offsetBytes);
            offsetBytes += _blocks[ordinal].Length;
        }

        BlobETag? etag = store.TryPut(name, whole, condition);
        _isOver = etag is not null;
        return new(etag);
    }

    public ValueTask DisposeAsync()
    {
        _isOver = true;
        _blocks.Clear();
        return default;
    }

    private void Enter(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_isOver)
        {
            throw BlobFaults.UploadIsOver(name);
        }
    }
}
