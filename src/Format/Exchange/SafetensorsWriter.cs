using Cairn.Format.Errors;
using Cairn.Format.Rewriting;
using Cairn.Format.Streams;

namespace Cairn.Format.Exchange;

/// <summary>Writes safetensors files, byte for byte as the format's own writer does for the same tensors. They pass through in blocks.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes a file. Floating-point types of 8 bits that the format does not have become float, exactly.</summary>
    /// <param name="tensors">What to write.</param>
    /// <param name="blob">Where to.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work; nothing is visible then.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Unsupported"/>: a tensor has a type that the format does not have.
    /// <see cref="CheckpointError.AlreadyExists"/>: the name is taken. <see cref="CheckpointError.LimitExceeded"/>: too many tensors for one file.</exception>
    public static async ValueTask WriteAsync(
        IReadOnlyCollection<TensorSource> tensors, ExchangeBlob blob, ExportOptions? options, CancellationToken cancellationToken)
    {
        options ??= new ExportOptions();
        TensorSources.RequireDistinct(tensors);
        IReadOnlyList<TensorSource> written = WidenedTypes.Of(tensors, dtype => SafetensorsTypes.NameOf(dtype) is not null, "safetensors");
        Dictionary<string, TensorSource> byName = written.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        SafetensorsHeader header = SafetensorsHeader.Plan(written);
        byte[] head = header.ToBytes(options.Metadata);
        long lengthBytes = head.Length + header.Tensors.Select(tensor => tensor.EndBytes).LastOrDefault();

        await blob.WriteAsync(
            lengthBytes,
            options.Overwrite,
            async upload =>
            {
                await upload.WriteAsync(head, cancellationToken).ConfigureAwait(false);
                foreach (SafetensorsTensor tensor in header.Tensors)
                {
                    Stream content = await byName[tensor.Name].OpenAsync(null, cancellationToken).ConfigureAwait(false);
                    await using (content.ConfigureAwait(false))
                    {
                        await StreamPump.RunAsync(content, tensor.EndBytes - tensor.BeginBytes, tensor.Name, WriteAsync, cancellationToken).ConfigureAwait(false);
                    }
                }

                async ValueTask WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken token)
                {
                    await upload.WriteAsync(piece, token).ConfigureAwait(false);
                    options.Progress?.Report(piece.Length);
                }
            },
            cancellationToken).ConfigureAwait(false);
    }
}
