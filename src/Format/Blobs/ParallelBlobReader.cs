namespace Cairn.Format.Blobs;

/// <summary>Reads long ranges in parts, several at a time: one request of a cloud store does not fill a network.</summary>
public static class ParallelBlobReader
{
    /// <summary>Length of a part. Longer ones gain nothing over Azure; shorter ones cost a request each.</summary>
    public const int PartBytes = 8 << 20;

    /// <summary>Parts in flight of one range.</summary>
    public const int PartsInFlightMax = 4;

    /// <summary>Fills all of <paramref name="destination"/> as <see cref="IBlobStore.ReadAsync"/> does. All parts are of the one writing
    /// <paramref name="expected"/>.</summary>
    public static async ValueTask ReadInPartsAsync(
        this IBlobStore store, string name, long offsetBytes, Memory<byte> destination, BlobETag expected, CancellationToken cancellationToken)
    {
        int partCount = (int)(((long)destination.Length + PartBytes - 1) / PartBytes);
        if (partCount <= 1)
        {
            await store.ReadAsync(name, offsetBytes, destination, expected, cancellationToken).ConfigureAwait(false);
            return;
        }

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = PartsInFlightMax, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, partCount, parallel, async (part, token) =>
        {
            int beginBytes = part * PartBytes;
            int lengthBytes = Math.Min(PartBytes, destination.Length - beginBytes);
            await store.ReadAsync(name, offsetBytes + beginBytes, destination.Slice(beginBytes, lengthBytes), expected, token).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }
}
