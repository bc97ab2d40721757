using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Storage.AzureBlobs;

/// <summary>How an <see cref="AzureBlobStore"/> speaks to its account.</summary>
public sealed class AzureBlobStoreOptions
{
    private const long CopyInOneRequestBytesLimit = 256L << 20;

    /// <summary>Whether the first write makes a container that is missing. Default: true for connection strings, false for URLs (whose credentials seldom
    /// may).</summary>
    public bool? CreatesContainer { get; init; }

    /// <summary>What Azure compares of received bytes. Default: automatic.</summary>
    public TransferChecksum TransferChecksum { get; init; } = TransferChecksum.Automatic;

    /// <summary>How often a request is tried again after a passing fault. Default: 5.</summary>
    public int RetriesMax { get; init; } = 5;

    /// <summary>The wait before the first retry; it doubles each time, with jitter. Default: 0.4 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(0.4);

    /// <summary>The longest wait before a retry. Default: 10 s.</summary>
    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one try of a request may stand still. Default: 60 s.</summary>
    public TimeSpan NetworkTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Blobs up to this length are copied by one request inside Azure; longer ones in blocks that pass through here. Default and limit: 256 MiB
    /// (Azure's, of Copy Blob From URL).</summary>
    public long CopyInOneRequestBytesMax { get; init; } = CopyInOneRequestBytesLimit;

    /// <summary>The way to the account, for tests that break it.</summary>
    internal HttpPipelineTransport? Transport { get; init; }

    internal void Check()
    {
        if (RetriesMax is < 0 or > 100 || RetryDelay <= TimeSpan.Zero || RetryDelayMax < RetryDelay || NetworkTimeout <= TimeSpan.Zero
            || CopyInOneRequestBytesMax is < 0 or > CopyInOneRequestBytesLimit)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"AzureBlobStoreOptions: RetriesMax is 0 to 100 ({RetriesMax}), RetryDelay above 0 ({RetryDelay}), "
                    + $"RetryDelayMax not below it ({RetryDelayMax}), "
                + $"NetworkTimeout above 0 ({NetworkTimeout}), CopyInOneRequestBytesMax 0 to {CopyInOneRequestBytesLimit} ({CopyInOneRequestBytesMax}).");
        }
    }

    internal BlobClientOptions ClientOptions()
    {
        var client = new BlobClientOptions
        {
            Retry =
            {
                Mode = RetryMode.Exponential,
                MaxRetries = RetriesMax,
                Delay = RetryDelay,
                MaxDelay = RetryDelayMax,
                NetworkTimeout = NetworkTimeout,
            },
        };
        client.Transport = Transport ?? client.Transport;
        return client;
    }

    internal UploadTransferValidationOptions Validation() => new()
    {
        ChecksumAlgorithm = TransferChecksum switch
        {
            TransferChecksum.None => StorageChecksumAlgorithm.None,
            TransferChecksum.Crc64 => StorageChecksumAlgorithm.StorageCrc64,
            _ => StorageChecksumAlgorithm.MD5,
        },
    };
}
