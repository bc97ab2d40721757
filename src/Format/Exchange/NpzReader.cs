using System.Collections.Immutable;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Rewriting;

namespace Cairn.Format.Exchange;

/// <summary>Reads archives of numpy arrays, as <c>numpy.savez</c> and <c>savez_compressed</c> write them. The tensors have the arrays' names.</summary>
/// <remarks>Arrays of bytes and of text become strings, the zeros that fill them up taken off. Arrays of <c>V2</c>, as which bfloat16 is saved, become bfloat16. Arrays
/// in column order are turned in memory.</remarks>
public static class NpzReader
{
    private const string Extension = ".npy";

    /// <summary>The arrays of an archive, in their order.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is no such file. <see cref="CheckpointError.Corrupt"/>: it is damaged,
    /// or no such archive. <see cref="CheckpointError.Unsupported"/>: an array is of objects, dates or records.</exception>
    public static async ValueTask<ImmutableArray<TensorSource>> OpenAsync(ExchangeBlob blob, CancellationToken cancellationToken)
    {
        BlobProperties archive = await blob.FindAsync(cancellationToken).ConfigureAwait(false);
        ZipDirectory directory = new(blob.Store, archive, blob.ToString());
        ImmutableArray<TensorSource>.Builder arrays = ImmutableArray.CreateBuilder<TensorSource>();
        foreach (ZipEntry entry in await directory.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (entry.Name.EndsWith(Extension, StringComparison.Ordinal))
            {
                arrays.Add(await OpenAsync(blob, archive, entry, cancellationToken).ConfigureAwait(false));
            }
        }

        return arrays.ToImmutable();
    }

    private static async ValueTask<TensorSource> OpenAsync(ExchangeBlob blob, BlobProperties archive, ZipEntry entry, CancellationToken cancellationToken)
    {
        string label = $"{blob}/{entry.Name}";
        Stream content = await ZipEntryStream.OpenAsync(blob.Store, archive, entry, blob.ToString(), cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            byte[] preamble = new byte[NpyHeader.PreambleBytes];
            int read = await content.ReadAtLeastAsync(preamble, preamble.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            int length = NpyHeader.HeadLength(preamble.AsSpan(0, read), label);
            if (length > entry.LengthBytes)
            {
                throw CheckpointException.Corrupt(label, entry.LengthBytes, "the array ends within its head");
            }

            byte[] head = [.. preamble, .. new byte[length - preamble.Length]];
            await content.ReadExactlyAsync(head.AsMemory(preamble.Length), cancellationToken).ConfigureAwait(false);
            NpyHeader header = NpyHeader.Parse(head, label);
            NpyType type = NpyTypes.Parse(header.TypeName) ?? throw new CheckpointException(
                CheckpointError.Unsupported, $"'{label}' is an array of '{header.TypeName}', which no tensor can be; save it as numbers, bytes or text.");
            return (Int128)header.Shape.ElementCount * type.ElementBytes == entry.LengthBytes - length
                ? new NpzSource(blob, archive, entry, (header, type, length))
                : throw CheckpointException.Corrupt(
                    label, length, $"an array {header.TypeName} {header.Shape} does not have {entry.LengthBytes - length} bytes");
        }
    }
}
