using Azure;
using Azure.Core;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using AzureBlobProperties = Azure.Storage.Blobs.Models.BlobProperties;

namespace Cairn.Storage.AzureBlobs;

/// <summary>A container, and how every call to it goes: faults translated, a missing container made, the answer of a conditional write found out when it is
/// lost.</summary>
internal sealed class AzureContainer(BlobContainerClient client, AzureBlobStoreOptions options, bool createsContainer, TokenCredential? credential)
{
    /// <summary>How often bytes are sent that come damaged.</summary>
    public const int DamagedTriesMax = 3; // A bit that flips on the way does so once; what flips it each time is broken, and waiting does not mend it.

    private readonly AzureFaults _faults = new(client.AccountName, client.Name);

    public string Address => $"azblob://{client.Name}";

    public AzureBlobStoreOptions Options => options;

    /// <summary>The identity of this process; null for keys and SAS.</summary>
    public TokenCredential? Credential => credential;

    public UploadTransferValidationOptions Validation { get; } = options.Validation();

    public static BlobETag ETagOf(ETag etag) => new(etag.ToString("H"));

    public BlockBlobClient Blob(string name) => client.GetBlockBlobClient(name);

    public AsyncPageable<BlobItem> List(string prefix, CancellationToken cancellationToken) =>
        client.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken);

    /// <summary>Asks for something of a blob; null (the default) if there is no such blob. Failed conditions and ranges pass as they are.</summary>
    public async ValueTask<T?> TryFindAsync<T>(string name, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (RequestFailedException fault) when (AzureFaults.IsBlobMissing(fault) || (createsContainer && AzureFaults.IsContainerMissing(fault)))
        {
            return default;
        }
        catch (Exception fault) when (AzureFaults.IsStoreFault(fault, cancellationToken) && fault is not RequestFailedException { Status: 412 or 416 })
        {
            throw _faults.Translate(name, fault);
        }
    }

    /// <summary>Runs a call that writes, in a container that is made if need be, and again, a few times, when its bytes came damaged to the account. Its own
    /// faults pass as they are.</summary>
    public async Task<T> InContainerAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        bool isMade = !createsContainer;
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (RequestFailedException fault) when (!isMade && AzureFaults.IsContainerMissing(fault))
            {
                await client.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
                isMade = true;
            }
            catch (RequestFailedException fault) when (tries < DamagedTriesMax && AzureFaults.IsDamaged(fault))
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Writes under a condition. Null if it did not hold.</summary>
    /// <param name="name">The blob.</param>
    /// <param name="writing">The condition and the token.</param>
    /// <param name="write">The request; it may run several times.</param>
    /// <param name="refusal">What the caller has a word of its own for; null for the rest.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    public async ValueTask<BlobETag?> TryWriteAsync(string name, AzureWriting writing, Func<AzureWriting, Task<ETag>> write,
        Func<RequestFailedException, CheckpointException?> refusal, CancellationToken cancellationToken)
    {
        try
        {
            return ETagOf(await InContainerAsync(() => write(writing), cancellationToken).ConfigureAwait(false));
        }
        catch (RequestFailedException fault) when (AzureFaults.IsConditionFailed(fault))
        {
            // The SDK tries again when no answer comes; then the condition fails because of our own first try.
            return await TryFindOwnAsync(name, writing).ConfigureAwait(false);
        }
        catch (Exception fault) when (AzureFaults.IsAnswerLost(fault, cancellationToken))
        {
            return await TryFindOwnAfterLossAsync(name, writing).ConfigureAwait(false) ?? throw _faults.Translate(name, fault);
        }
        catch (Exception fault) when (AzureFaults.IsStoreFault(fault, cancellationToken))
        {
            throw (fault is RequestFailedException failed ? refusal(failed) : null) ?? _faults.Translate(name, fault);
        }
    }

    public CheckpointException Translate(string name, Exception fault) => _faults.Translate(name, fault);

    /// <summary>As <see cref="Translate(string, Exception)"/>, of a block.</summary>
    public CheckpointException Translate(string name, long offsetBytes, int lengthBytes, Exception fault) =>
        fault is RequestFailedException damaged && AzureFaults.IsDamaged(damaged)
            ? _faults.Damaged(name, $"bytes {offsetBytes} to {offsetBytes + lengthBytes}", DamagedTriesMax, damaged)
            : _faults.Translate(name, fault);

    private async ValueTask<BlobETag?> TryFindOwnAfterLossAsync(string name, AzureWriting writing)
    {
        try
        {
            return await TryFindOwnAsync(name, writing).ConfigureAwait(false);
        }
        catch (CheckpointException)
        {
            return null; // Still no answer: the fault of the write itself says more.
        }
    }

    // Not cancelled: what was published must be known as published.
    private async ValueTask<BlobETag?> TryFindOwnAsync(string name, AzureWriting writing)
    {
        AzureBlobProperties? standing = await TryFindAsync(name, async () =>
            (await Blob(name).GetPropertiesAsync(cancellationToken: CancellationToken.None).ConfigureAwait(false)).Value, CancellationToken.None)
                .ConfigureAwait(false);
        return standing is not null && standing.Metadata.TryGetValue(AzureWriting.MetadataKey, out string? token) && token == writing.Token
            ? ETagOf(standing.ETag) : null;
    }
}
