using Azure;
using Azure.Identity;
using Azure.Storage.Blobs.Models;
using Cairn.Format.Errors;

namespace Cairn.Storage.AzureBlobs;

/// <summary>What Azure says, in the words of the storage port.</summary>
internal sealed class AzureFaults(string account, string container)
{
    /// <summary>Whether a fault comes from the store, or the way to it, and not from our caller's own cancellation.</summary>
    public static bool IsStoreFault(Exception fault, CancellationToken cancellationToken) => fault switch
    {
        RequestFailedException or AuthenticationFailedException or IOException or AggregateException or InvalidDataException => true,
        OperationCanceledException => !cancellationToken.IsCancellationRequested, // The SDK's own timeout.
        _ => false,
    };

    /// <summary>Whether the outcome of a request is not known, as no answer came.</summary>
    public static bool IsAnswerLost(Exception fault, CancellationToken cancellationToken) =>
        IsStoreFault(fault, cancellationToken) && Cause(fault) is not AuthenticationFailedException and not RequestFailedException { Status: > 0 and < 500 };

    public static bool IsBlobMissing(RequestFailedException fault) => fault.Status == 404 && !IsContainerMissing(fault);

    public static bool IsContainerMissing(RequestFailedException fault) => fault.ErrorCode == BlobErrorCode.ContainerNotFound;

    public static bool IsSourceChanged(RequestFailedException fault) => fault.ErrorCode == BlobErrorCode.SourceConditionNotMet;

    public static bool IsConditionFailed(RequestFailedException fault) =>
        fault.ErrorCode == BlobErrorCode.BlobAlreadyExists || (fault.Status == 412 && !IsSourceChanged(fault) && !IsLease(fault));

    /// <summary>Whether the account has received other bytes than were sent. Azurite has no code for it, only words.</summary>
    public static bool IsDamaged(RequestFailedException fault) =>
        fault.ErrorCode is "Md5Mismatch" or "Crc64Mismatch"
            || (fault.ErrorCode == "InvalidOperation" && fault.Message.Contains("contentMD5", StringComparison.Ordinal))
            || (fault.Status == 400 && string.IsNullOrEmpty(fault.ErrorCode)); // A request that could not even be read, such as a mangled list of blocks.

    public CheckpointException Translate(string name, Exception fault)
    {
        string place = $"'{name}' in container '{container}' of account '{account}'";
        return Cause(fault) switch
        {
            AuthenticationFailedException => New(CheckpointError.AccessDenied, $"{place}: no credentials were found or accepted. "
                + "Set AZURE_STORAGE_CONNECTION_STRING, or give this process an identity that DefaultAzureCredential finds (az login, a managed identity)."),
            RequestFailedException { Status: 401 or 403 } refusal => New(CheckpointError.AccessDenied,
                $"{place}: the account refuses the credentials ({refusal.ErrorCode}). "
                + "Check the key or SAS, or give the identity the role 'Storage Blob Data Contributor'."),
            RequestFailedException missing when IsContainerMissing(missing) => New(CheckpointError.NotFound,
                $"There is no container '{container}' in account '{account}'. "
                + $"Create it: az storage container create --account-name {account} --name {container}"),
            RequestFailedException { Status: 404 } => New(CheckpointError.NotFound, $"There is no {place}."),
            RequestFailedException lease when IsLease(lease) => New(CheckpointError.AccessDenied,
                $"{place} is held by a lease ({lease.ErrorCode}): break the lease, then try again."),
            InvalidDataException => New(CheckpointError.InvalidArgument,
                $"{place}: the account does not confirm the CRC64 of what it received. Set {nameof(AzureBlobStoreOptions.TransferChecksum)} to Md5."),
            RequestFailedException checksum when IsDamaged(checksum) => Damaged(name, "bytes", AzureContainer.DamagedTriesMax, checksum),
            RequestFailedException { Status: 507 } full => New(CheckpointError.StoreFull, $"{place}: the account is full ({full.ErrorCode})."),
            RequestFailedException { Status: > 0 and < 500 and not 408 and not 429 } refusal =>
                New(CheckpointError.InvalidArgument, $"{place}: the account refuses the request with {refusal.Status} {refusal.ErrorCode}."),
            { } cause => New(CheckpointError.StoreUnavailable, $"{place}: the account does not answer, after all retries: {FirstLine(cause.Message)}"),
        };

        CheckpointException New(CheckpointError error, string message) => new(error, message, fault);
    }

    /// <summary>The account has received other bytes than were sent, each time.</summary>
    public CheckpointException Damaged(string name, string bytes, int tries, RequestFailedException fault) => new(
        CheckpointError.StoreUnavailable,
        $"'{name}' in container '{container}' of account '{account}': {bytes} were damaged on the way to the account, in each of {tries} tries. Nothing of "
            + "it was taken; check the network and the proxies on the way, then save again.",
        fault);

    // After several tries the SDK wraps the fault of each; the last one tells.
    private static Exception Cause(Exception fault) => fault is AggregateException { InnerExceptions: [.., { } last] } ? last : fault;

    private static bool IsLease(RequestFailedException fault) => fault.ErrorCode?.StartsWith("Lease", StringComparison.Ordinal) == true;

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('\r');
}
