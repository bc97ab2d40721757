using Cairn.Format.Blobs;
using Cairn.Format.Streams;

namespace Cairn.Format.Exchange;

/// <summary>A range of a file as a stream. Every read is a request of the store, so it is read in large pieces.</summary>
internal sealed class BlobRangeStream(IBlobStore store, BlobProperties file, long offsetBytes, long lengthBytes) : ForwardStream
{
    private long _at;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int length = (int)Math.Min(buffer.Length, lengthBytes - _at);
        if (length == 0)
        {
            return 0;
        }

        await store.ReadAsync(file.Name, offsetBytes + _at, buffer[..length], file.ETag, cancellationToken).ConfigureAwait(false);
        _at += length;
        return length;
    }
}
