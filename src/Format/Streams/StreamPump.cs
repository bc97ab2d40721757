using System.Buffers;
using Cairn.Format.Errors;

namespace Cairn.Format.Streams;

/// <summary>Passes all of a stream on, piece by piece.</summary>
internal static class StreamPump
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Hands every piece to <paramref name="sink"/>, which may keep it until it returns.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: the stream does not have <paramref name="lengthBytes"/>.</exception>
    public static async ValueTask RunAsync(
        Stream source, long lengthBytes, string name, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> sink, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            long done = 0;
            while (true)
            {
                int read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                done += read;
                if (done > lengthBytes || (read == 0 && done < lengthBytes))
                {
                    throw new CheckpointException(
                        CheckpointError.Corrupt, $"'{name}' should have {lengthBytes} bytes, but {(read == 0 ? $"ends after {done}" : "goes on")}.");
                }

                if (read == 0)
                {
                    return;
                }

                await sink(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
