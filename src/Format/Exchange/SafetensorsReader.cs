using System.Collections.Immutable;
using System.Text.Json;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Rewriting;

namespace Cairn.Format.Exchange;

/// <summary>Reads safetensors files, the format of PyTorch's and JAX's model hubs. They hold no checksums.</summary>
public static class SafetensorsReader
{
    private const string IndexExtension = ".index.json";
    private const int IndexBytesMax = 64 << 20;

    /// <summary>The tensors of a file, in the order of their bytes; or of all files that a <c>model.safetensors.index.json</c> names, which lie beside it.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is no such file. <see cref="CheckpointError.Corrupt"/>: it is damaged,
    /// or of another format. <see cref="CheckpointError.Unsupported"/>: a tensor has a type that no checkpoint has.</exception>
    public static async ValueTask<ImmutableArray<TensorSource>> OpenAsync(ExchangeBlob blob, CancellationToken cancellationToken)
    {
        BlobProperties file = await blob.FindAsync(cancellationToken).ConfigureAwait(false);
        if (blob.Name.EndsWith(IndexExtension, StringComparison.Ordinal))
        {
            return await OpenAllAsync(blob, cancellationToken).ConfigureAwait(false);
        }

        byte[] head = new byte[Math.Min(sizeof(ulong), file.LengthBytes)];
        await blob.Store.ReadAsync(blob.Name, 0, head, file.ETag, cancellationToken).ConfigureAwait(false);
        byte[] json = new byte[SafetensorsHeader.JsonLength(head, file.LengthBytes, blob.ToString())];
        await blob.Store.ReadAsync(blob.Name, sizeof(ulong), json, file.ETag, cancellationToken).ConfigureAwait(false);
        SafetensorsHeader header = SafetensorsHeader.Parse(json, file.LengthBytes, blob.ToString());
        return [.. header.Tensors.Select(tensor => new SafetensorsSource(blob.Store, file, tensor, header.DataOffsetBytes))];
    }

    private static async ValueTask<ImmutableArray<TensorSource>> OpenAllAsync(ExchangeBlob index, CancellationToken cancellationToken)
    {
        BlobContent? content = await index.Store.TryReadAsync(index.Name, IndexBytesMax, cancellationToken).ConfigureAwait(false);
        List<string> files;
        try
        {
            using JsonDocument document = JsonDocument.Parse(content?.Bytes ?? default);
            files = [.. document.RootElement.GetProperty("weight_map").EnumerateObject().Select(pair => pair.Value.GetString() ?? "").Distinct()];
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw CheckpointException.Corrupt(index.ToString(), 0, $"it is no index of safetensors files: {fault.Message}", fault);
        }

        string folder = index.Name[..(index.Name.LastIndexOf('/') + 1)];
        ImmutableArray<TensorSource>.Builder tensors = ImmutableArray.CreateBuilder<TensorSource>();
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            // A file of an index lies beside it; that also keeps an index from naming another index.
            if (file.Contains('/') || file.EndsWith(IndexExtension, StringComparison.Ordinal))
            {
                throw CheckpointException.Corrupt(index.ToString(), 0, $"it names '{file}', which is no safetensors file beside it");
            }

            tensors.AddRange(await OpenAsync(new ExchangeBlob(index.Store, folder + file), cancellationToken).ConfigureAwait(false));
        }

        return tensors.ToImmutable();
    }
}
