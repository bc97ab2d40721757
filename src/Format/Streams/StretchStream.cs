namespace Cairn.Format.Streams;

/// <summary>The next bytes of another stream, and then the end. The other stream stays open, for what comes after.</summary>
/// <param name="source">Where they come from.</param>
/// <param name="lengthBytes">How many; fewer if the source ends before.</param>
/// <param name="progress">Is told the length of each piece that was read; may be null.</param>
internal sealed class StretchStream(Stream source, long lengthBytes, IProgress<long>? progress) : ForwardStream
{
    private long _left = lengthBytes;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int length = (int)Math.Min(buffer.Length, _left);
        if (length == 0)
        {
            return 0;
        }

        int read = await source.ReadAsync(buffer[..length], cancellationToken).ConfigureAwait(false);
        _left -= read;
        progress?.Report(read);
        return read;
    }
}
