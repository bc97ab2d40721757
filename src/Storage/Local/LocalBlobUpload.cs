using Cairn.Format.Blobs;
using Cairn.Storage.Blocks;

namespace Cairn.Storage.Local;

/// <summary>Blocks written in parallel to their places in one temporary file.</summary>
internal sealed class LocalBlobUpload(LocalBlobStore store, string name, string path, TemporaryFile file) : IBlobUpload
{
    private readonly BlockLedger _ledger = new(name);
    private bool _isOver;

    public async ValueTask StageAsync(int ordinal, long offsetBytes, ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        ThrowIfOver();
        _ledger.Claim(ordinal, offsetBytes, block.Length);
        try
        {
            await RandomAccess.WriteAsync(file.Handle, block, offsetBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (LocalFaults.IsFileFault(fault))
        {
            throw LocalFaults.Translate(path, fault);
        }

        _ledger.Confirm(ordinal);
    }

    public async ValueTask<BlobETag?> TryCommitAsync(BlobCondition condition, CancellationToken cancellationToken)
    {
        ThrowIfOver();
        (_, long lengthBytes) = _ledger.Total();
        BlobETag? etag = await store.PublishAsync(file, path, lengthBytes, condition, cancellationToken).ConfigureAwait(false);
        _isOver = etag is not null;
        return etag;
    }

    public ValueTask DisposeAsync()
    {
        _isOver = true;
        file.Dispose();
        return default;
    }

    private void ThrowIfOver()
    {
        if (_isOver)
        {
            throw BlobFaults.UploadIsOver(name);
        }
    }
}
