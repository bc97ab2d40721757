using System.Security.Cryptography;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Cairn.Format.Blobs;

namespace Cairn.Storage.AzureBlobs;

/// <summary>Downloads a blob, or a range of it, and compares what came with the MD5 that the account says it has sent: over http nothing else on the way
/// does.</summary>
internal sealed class AzureDownload(AzureContainer container, string name)
{
    private const int TriesMax = 3; // A bit that flips on the way does so once; what flips it each time is broken.
    private const int CheckedRangeBytesMax = 4 << 20; // Azure makes no MD5 of a longer range.

    private bool IsChecked =>
        container.Options.TransferChecksum != TransferChecksum.None && container.Blob(name).Uri.Scheme == Uri.UriSchemeHttp;

    /// <summary>All bytes and their ETag; null if there is no such blob.</summary>
    /// <exception cref="Cairn.Format.Errors.CheckpointException">As <see cref="IBlobStore.TryReadAsync"/>.</exception>
    public async Task<BlobContent?> TryReadAllAsync(int lengthBytesMax, CancellationToken cancellationToken)
    {
        byte[]? damaged = null;
        for (int tries = 0; tries < TriesMax; tries++)
        {
            (BlobContent? content, bool isSound) = await container.TryFindAsync(
                name, () => ReadAllOnceAsync(lengthBytesMax, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (content is null || isSound)
            {
                return content;
            }

            // Twice the same bytes: so they are stored, and the MD5, which any writer may set as he likes, is not theirs.
            byte[] bytes = content.Bytes.ToArray();
            if (damaged is not null && damaged.AsSpan().SequenceEqual(bytes))
            {
                return content;
            }

            damaged = bytes;
        }

        throw BlobFaults.DamagedOnTheWay(container.Address, name, "", TriesMax);
    }

    /// <summary>Fills <paramref name="destination"/>. False if there is no such blob; failed conditions and ranges pass as they are.</summary>
    public async Task<bool> TryReadRangeAsync(long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken)
    {
        int pieceBytesMax = IsChecked ? CheckedRangeBytesMax : destination.Length;
        for (int done = 0; done < destination.Length; done += pieceBytesMax)
        {
            Memory<byte> piece = destination.Slice(done, Math.Min(pieceBytesMax, destination.Length - done));
            if (await TryReadPieceAsync(offsetBytes + done, piece, expected, cancellationToken).ConfigureAwait(false) is not { } writing)
            {
                return false;
            }

            expected = writing; // All pieces are of one writing.
        }

        return true;
    }

    private async Task<BlobETag?> TryReadPieceAsync(long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken)
    {
        for (int tries = 0; tries < TriesMax; tries++)
        {
            (BlobETag? writing, bool isSound) = await container.TryFindAsync(
                name, () => ReadPieceOnceAsync(offsetBytes, destination, expected, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (writing is null || isSound)
            {
                return writing;
            }
        }

        throw BlobFaults.DamagedOnTheWay(container.Address, name, $", bytes {offsetBytes} to {offsetBytes + destination.Length},", TriesMax);
    }

    private async Task<(BlobContent? Content, bool IsSound)> ReadAllOnceAsync(int lengthBytesMax, CancellationToken cancellationToken)
    {
        using BlobDownloadStreamingResult download =
            (await container.Blob(name).DownloadStreamingAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value;
        long lengthBytes = download.Details.ContentLength;
        if (lengthBytes > lengthBytesMax)
        {
            throw BlobFaults.TooLong(container.Address, name, lengthBytes, lengthBytesMax);
        }

        byte[] bytes = new byte[lengthBytes];
        await download.Content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return (new BlobContent(bytes, AzureContainer.ETagOf(download.Details.ETag)), IsSound(download, bytes));
    }

    private async Task<(BlobETag? Writing, bool IsSound)> ReadPieceOnceAsync(
        long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken)
    {
        var options = new BlobDownloadOptions
        {
            Range = new HttpRange(offsetBytes, destination.Length),
            Conditions = expected is { } etag ? new BlobRequestConditions { IfMatch = new ETag(etag.Value) } : null,
            TransferValidation = IsChecked
                ? new DownloadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5, AutoValidateChecksum = false }
                : null,
        };
        using BlobDownloadStreamingResult download =
            (await container.Blob(name).DownloadStreamingAsync(options, cancellationToken).ConfigureAwait(false)).Value;
        if (download.Details.ContentLength != destination.Length)
        {
            throw BlobFaults.PastTheEnd(container.Address, name, offsetBytes, destination.Length, offsetBytes + download.Details.ContentLength);
        }

        await download.Content.ReadExactlyAsync(destination, cancellationToken).ConfigureAwait(false);
        return (AzureContainer.ETagOf(download.Details.ETag), !IsChecked || IsSound(download, destination.Span));
    }

    private static bool IsSound(BlobDownloadStreamingResult download, ReadOnlySpan<byte> bytes) =>
        download.Details.ContentHash is not { Length: MD5.HashSizeInBytes } md5 || MD5.HashData(bytes).AsSpan().SequenceEqual(md5);
}
