using System.Net;

namespace Cairn.Client.Transport;

/// <summary>A body from memory that counts what has been handed to the socket. The memory is the caller's; it is read until the request has ended.</summary>
internal sealed class MemoryContent(ReadOnlyMemory<byte> bytes, Action<int> moved) : HttpContent
{
    /// <summary>Small enough for smooth progress, large enough to cost nothing (1 MiB).</summary>
    private const int ChunkBytes = 1 << 20;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (long offset = 0; offset < bytes.Length; offset += ChunkBytes) // A long: the last step may pass the largest int.
        {
            ReadOnlyMemory<byte> chunk = bytes.Slice((int)offset, (int)Math.Min(ChunkBytes, bytes.Length - offset));
            await stream.WriteAsync(chunk, cancellationToken).ConfigureAwait(false);
            moved(chunk.Length);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = bytes.Length;
        return true;
    }
}
