using System.Collections.Immutable;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Rewriting;

namespace Cairn.Format.Exchange;

/// <summary>Reads safetensors files, the format of PyTorch's and JAX's model hubs. They hold no checksums.</summary>
public static class SafetensorsReader
{
    /// <summary>The tensors of a file, in the order of their bytes.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is no such file. <see cref="CheckpointError.Corrupt"/>: it is damaged,
    /// or of another format. <see cref="CheckpointError.Unsupported"/>: a tensor has a type that no checkpoint has.</exception>
    public static async ValueTask<ImmutableArray<TensorSource>> OpenAsync(ExchangeBlob blob, CancellationToken cancellationToken)
    {
        BlobProperties file = await blob.FindAsync(cancellationToken).ConfigureAwait(false);
        byte[] head = new byte[Math.Min(sizeof(ulong), file.LengthBytes)];
        await blob.Store.ReadAsync(blob.Name, 0, head, file.ETag, cancellationToken).ConfigureAwait(false);
        byte[] json = new byte[SafetensorsHeader.JsonLength(head, file.LengthBytes, blob.ToString())];
        await blob.Store.ReadAsync(blob.Name, sizeof(ulong), json, file.ETag, cancellationToken).ConfigureAwait(false);
        SafetensorsHeader header = SafetensorsHeader.Parse(json, file.LengthBytes, blob.ToString());
        return [.. header.Tensors.Select(tensor => new SafetensorsSource(blob.Store, file, tensor, header.DataOffsetBytes))];
    }
}
