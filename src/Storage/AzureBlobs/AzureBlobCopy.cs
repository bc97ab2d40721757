using System.Buffers;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using BlobProperties = Cairn.Format.Blobs.BlobProperties;

namespace Cairn.Storage.AzureBlobs;

/// <summary>One copy inside a container. Azure's asynchronous copy shows the new name before it is whole, so it is not used.</summary>
internal sealed class AzureBlobCopy(AzureContainer container, AzureBlobStore store, BlobProperties source, string destination)
{
    private const int BlockBytes = 8 << 20;
    private const int BlocksInFlightMax = 4;
    private const string StorageScope = "https://storage.azure.com/.default";

    private static readonly TimeSpan SourceAccessTime = TimeSpan.FromHours(1);

    public ValueTask<BlobETag?> TryRunAsync(BlobCondition condition, CancellationToken cancellationToken) =>
        source.LengthBytes <= container.Options.CopyInOneRequestBytesMax
            ? TryCopyInsideAsync(condition, cancellationToken)
            : TryCopyInBlocksAsync(condition, cancellationToken);

    private ValueTask<BlobETag?> TryCopyInsideAsync(BlobCondition condition, CancellationToken cancellationToken)
    {
        BlockBlobClient from = container.Blob(source.Name);
        return container.TryWriteAsync(destination, AzureWriting.New(condition), async writing =>
        {
            Uri uri = from.CanGenerateSasUri ? from.GenerateSasUri(BlobSasPermissions.Read, DateTimeOffset.UtcNow + SourceAccessTime) : from.Uri;
            var options = new BlobCopyFromUriOptions
            {
                Metadata = writing.Metadata,
                SourceConditions = new BlobRequestConditions { IfMatch = new ETag(source.ETag.Value) },
                DestinationConditions = writing.Conditions,
                SourceAuthentication = await AuthorizationAsync(cancellationToken).ConfigureAwait(false),
            };
            return (await container.Blob(destination).SyncCopyFromUriAsync(uri, options, cancellationToken).ConfigureAwait(false)).Value.ETag;
        }, SourceChanged, cancellationToken);
    }

    private CheckpointException? SourceChanged(RequestFailedException fault) =>
        AzureFaults.IsSourceChanged(fault) ? BlobFaults.Superseded(store.Address, source.Name, source.ETag)
        : AzureFaults.IsBlobMissing(fault) ? BlobFaults.NotFound(store.Address, source.Name)
        : null;

    private async ValueTask<HttpAuthorization?> AuthorizationAsync(CancellationToken cancellationToken)
    {
        if (container.Credential is not { } credential)
        {
            return null;
        }

        AccessToken token = await credential.GetTokenAsync(new TokenRequestContext([StorageScope]), cancellationToken).ConfigureAwait(false);
        return new HttpAuthorization("Bearer", token.Token);
    }

    private async ValueTask<BlobETag?> TryCopyInBlocksAsync(BlobCondition condition, CancellationToken cancellationToken)
    {
        await using IBlobUpload upload = await store.BeginUploadAsync(destination, Guid.NewGuid(), cancellationToken).ConfigureAwait(false);
        long count = (source.LengthBytes + BlockBytes - 1) / BlockBytes;
        if (count > Blocks.BlockLedger.CountMax)
        {
            throw new CheckpointException(CheckpointError.LimitExceeded,
                $"'{source.Name}' in '{store.Address}' has {source.LengthBytes} bytes; at most {(long)BlockBytes * Blocks.BlockLedger.CountMax} are copied.");
        }

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = BlocksInFlightMax, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, (int)count, parallel, async (ordinal, token) =>
        {
            long offsetBytes = (long)ordinal * BlockBytes;
            int lengthBytes = (int)Math.Min(BlockBytes, source.LengthBytes - offsetBytes);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(lengthBytes);
            try
            {
                await store.ReadAsync(source.Name, offsetBytes, buffer.AsMemory(0, lengthBytes), source.ETag, token).ConfigureAwait(false);
                await upload.StageAsync(ordinal, offsetBytes, buffer.AsMemory(0, lengthBytes), token).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }).ConfigureAwait(false);
        return await upload.TryCommitAsync(condition, cancellationToken).ConfigureAwait(false);
    }
}
