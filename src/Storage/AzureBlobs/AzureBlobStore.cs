using System.Runtime.CompilerServices;
using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using AzureBlobProperties = Azure.Storage.Blobs.Models.BlobProperties;
using BlobProperties = Cairn.Format.Blobs.BlobProperties;

namespace Cairn.Storage.AzureBlobs;

/// <summary>A container of Azure Blob Storage as a store.</summary>
public sealed class AzureBlobStore : IBlobStore
{
    private readonly AzureContainer _container;

    private AzureBlobStore(AzureContainer container) => _container = container;

    /// <inheritdoc/>
    public string Address => _container.Address;

    /// <summary>Opens a container of the account that a connection string names.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: it is no connection string.</exception>
    public static AzureBlobStore FromConnectionString(string connectionString, string container, AzureBlobStoreOptions? options = null)
    {
        options ??= new AzureBlobStoreOptions();
        options.Check();
        try
        {
            var client = new BlobContainerClient(connectionString, container, options.ClientOptions());
            return new AzureBlobStore(new AzureContainer(client, options, createsContainer: options.CreatesContainer ?? true, credential: null));
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException or InvalidOperationException)
        {
            // The text of the fault may quote the key: it is not shown.
            throw new CheckpointException(CheckpointError.InvalidArgument,
                "The Azure connection string cannot be read. "
                    + "Copy it whole from the account's access keys: 'DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...'.");
        }
    }

    /// <summary>Opens a container by its URL: with the SAS in its query if there is one, else with <see cref="DefaultAzureCredential"/>.</summary>
    public static AzureBlobStore FromUri(Uri container, AzureBlobStoreOptions? options = null)
    {
        options ??= new AzureBlobStoreOptions();
        options.Check();
        TokenCredential? credential = container.Query.Length > 0 ? null : new DefaultAzureCredential();
        BlobContainerClient client = credential is null
            ? new BlobContainerClient(container, options.ClientOptions())
            : new BlobContainerClient(container, credential, options.ClientOptions());
        return new AzureBlobStore(new AzureContainer(client, options, createsContainer: options.CreatesContainer ?? false, credential));
    }

    /// <inheritdoc/>
    public async ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        BlockBlobClient blob = _container.Blob(name);
        AzureBlobProperties? found = await _container.TryFindAsync(name, async () =>
            (await blob.GetPropertiesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value, cancellationToken).ConfigureAwait(false);
        return found is null ? null : new BlobProperties(name, found.ContentLength, AzureContainer.ETagOf(found.ETag), found.LastModified);
    }

    /// <inheritdoc/>
    public async ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        return await new AzureDownload(_container, name).TryReadAllAsync(lengthBytesMax, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        if (offsetBytes < 0)
        {
            throw BlobFaults.NegativeOffset(name, offsetBytes);
        }

        if (destination.IsEmpty)
        {
            await CheckEmptyRangeAsync(name, offsetBytes, expected, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            if (!await new AzureDownload(_container, name).TryReadRangeAsync(offsetBytes, destination, expected, cancellationToken).ConfigureAwait(false))
            {
                throw BlobFaults.NotFound(Address, name);
            }
        }
        catch (RequestFailedException fault) when (fault.Status == 416)
        {
            throw BlobFaults.PastTheEnd(Address, name, offsetBytes, destination.Length, lengthBytes: null);
        }
        catch (RequestFailedException fault) when (AzureFaults.IsConditionFailed(fault))
        {
            // Azure says the same of a blob that is gone.
            _ = await TryGetPropertiesAsync(name, cancellationToken).ConfigureAwait(false) ?? throw BlobFaults.NotFound(Address, name);
            throw BlobFaults.Superseded(Address, name, expected ?? default);
        }
    }

    /// <inheritdoc/>
    public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        return _container.TryWriteAsync(name, AzureWriting.New(condition), async writing =>
        {
            using var content = new ReadOnlyMemoryStream(bytes);
            BlobContentInfo written = (await _container.Blob(name).UploadAsync(content, new BlobUploadOptions
            {
                Conditions = writing.Conditions,
                Metadata = writing.Metadata,
                TransferValidation = _container.Validation,
            }, cancellationToken).ConfigureAwait(false)).Value;
            return written.ETag;
        }, _ => null, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        return new(new AzureBlobUpload(_container, name, attempt));
    }

    /// <inheritdoc/>
    public async ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken)
    {
        BlobName.Check(source);
        BlobName.Check(destination);
        BlobProperties found = await TryGetPropertiesAsync(source, cancellationToken).ConfigureAwait(false) ?? throw BlobFaults.NotFound(Address, source);
        if (found.ETag != sourceETag)
        {
            throw BlobFaults.Superseded(Address, source, sourceETag);
        }

        var copy = new AzureBlobCopy(_container, this, found, destination);
        return await copy.TryRunAsync(condition, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        BlobRequestConditions? conditions = expected is { } etag ? new BlobRequestConditions { IfMatch = new ETag(etag.Value) } : null;
        try
        {
            Response? deleted = await _container.TryFindAsync(name, () =>
                _container.Blob(name).DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, conditions, cancellationToken), cancellationToken)
                    .ConfigureAwait(false);
            return deleted is null ? BlobDeletion.Absent : BlobDeletion.Deleted;
        }
        catch (RequestFailedException fault) when (AzureFaults.IsConditionFailed(fault))
        {
            return await TryGetPropertiesAsync(name, cancellationToken).ConfigureAwait(false) is null ? BlobDeletion.Absent : BlobDeletion.Changed;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobProperties> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(prefix);
        await using IAsyncEnumerator<BlobItem> items = _container.List(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await _container.TryFindAsync(prefix, async () => await items.MoveNextAsync().ConfigureAwait(false), cancellationToken).ConfigureAwait(false))
        {
            // A foreign name that no operation here accepts is not shown.
            if (items.Current is { } item && BlobName.IsValid(item.Name))
            {
                yield return new BlobProperties(
                    item.Name, item.Properties.ContentLength ?? 0, AzureContainer.ETagOf(item.Properties.ETag ?? default),
                        item.Properties.LastModified ?? default);
            }
        }
    }

    // Azure has no empty range.
    private async ValueTask CheckEmptyRangeAsync(string name, long offsetBytes, BlobETag? expected, CancellationToken cancellationToken)
    {
        BlobProperties blob = await TryGetPropertiesAsync(name, cancellationToken).ConfigureAwait(false) ?? throw BlobFaults.NotFound(Address, name);
        if (expected is { } etag && etag != blob.ETag)
        {
            throw BlobFaults.Superseded(Address, name, etag);
        }

        if (offsetBytes > blob.LengthBytes)
        {
            throw BlobFaults.PastTheEnd(Address, name, offsetBytes, 0, blob.LengthBytes);
        }
    }
}
