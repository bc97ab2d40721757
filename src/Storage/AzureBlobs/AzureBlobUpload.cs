using System.Buffers.Binary;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.Blocks;

namespace Cairn.Storage.AzureBlobs;

/// <summary>Staged blocks and the list that makes a blob of them. Azure forgets what is never committed, after a week.</summary>
internal sealed class AzureBlobUpload(AzureContainer container, string name, Guid attempt) : IBlobUpload
{
    private readonly BlockLedger _ledger = new(name);
    private readonly BlockBlobClient _blob = container.Blob(name);

    // One token for all commits of this upload, so that a commit after a commit whose answer was lost finds itself.
    private readonly string _token = Guid.NewGuid().ToString("N");
    private bool _isOver;

    /// <summary>16 bytes of the attempt, then 4 of the ordinal, big-endian: all ids of a blob have one length, as Azure requires.</summary>
    public static string BlockId(Guid attempt, int ordinal)
    {
        Span<byte> id = stackalloc byte[20];
        attempt.TryWriteBytes(id, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(id[16..], ordinal);
        return Convert.ToBase64String(id);
    }

    public async ValueTask StageAsync(int ordinal, long offsetBytes, ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        ThrowIfOver();
        _ledger.Claim(ordinal, offsetBytes, block.Length);
        try
        {
            await container.InContainerAsync(async () =>
            {
                using var content = new ReadOnlyMemoryStream(block);
                var options = new BlockBlobStageBlockOptions { TransferValidation = container.Validation };
                return await _blob.StageBlockAsync(BlockId(attempt, ordinal), content, options, cancellationToken).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (AzureFaults.IsStoreFault(fault, cancellationToken))
        {
            throw container.Translate(name, offsetBytes, block.Length, fault);
        }

        _ledger.Confirm(ordinal);
    }

    public async ValueTask<BlobETag?> TryCommitAsync(BlobCondition condition, CancellationToken cancellationToken)
    {
        ThrowIfOver();
        (int count, _) = _ledger.Total();
        string[] ids = [.. Enumerable.Range(0, count).Select(ordinal => BlockId(attempt, ordinal))];
        BlobETag? etag = await container.TryWriteAsync(name, new AzureWriting(condition, _token), async writing =>
        {
            var options = new CommitBlockListOptions { Conditions = writing.Conditions, Metadata = writing.Metadata };
            return (await _blob.CommitBlockListAsync(ids, options, cancellationToken).ConfigureAwait(false)).Value.ETag;
        }, LostBlocks, cancellationToken).ConfigureAwait(false);
        _isOver = etag is not null;
        return etag;
    }

    public ValueTask DisposeAsync()
    {
        _isOver = true;
        return default;
    }

    private CheckpointException? LostBlocks(RequestFailedException fault) => fault.ErrorCode != BlobErrorCode.InvalidBlockList ? null : new CheckpointException(
        CheckpointError.Aborted,
        $"'{name}' in '{container.Address}': the store has lost staged blocks of attempt {attempt:N} "
            + "(another commit to the same name drops them, and so does a week); begin a new attempt.",
        fault);

    private void ThrowIfOver()
    {
        if (_isOver)
        {
            throw BlobFaults.UploadIsOver(name);
        }
    }
}
