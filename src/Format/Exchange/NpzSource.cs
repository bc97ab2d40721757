using System.Collections.Immutable;
using System.Text;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;

namespace Cairn.Format.Exchange;

/// <summary>An array of an archive of numpy's.</summary>
internal sealed class NpzSource(ExchangeBlob blob, BlobProperties archive, ZipEntry entry, (NpyHeader Header, NpyType Type, int Bytes) head)
    : TensorSource(entry.Name[..^".npy".Length], head.Type.DType, head.Header.Shape)
{
    /// <inheritdoc/>
    public override long LengthBytes => entry.LengthBytes - head.Bytes;

    /// <inheritdoc/>
    public override async ValueTask<Stream> OpenAsync(TensorSlice? slice, CancellationToken cancellationToken)
    {
        if (head.Header.IsColumnMajor && Shape.Rank > 1)
        {
            byte[] bytes = await ReadAllAsync(cancellationToken).ConfigureAwait(false);
            return new MemoryStream(Transpose(bytes), writable: false);
        }

        Stream content = await OpenContentAsync(cancellationToken).ConfigureAwait(false);
        return head.Type.IsBigEndian ? new MappedStream([content], DType.ElementBytes(), DType.ElementBytes(), TurnRound) : content;
    }

    /// <inheritdoc/>
    public override async ValueTask<ImmutableArray<ReadOnlyMemory<byte>>> ReadElementsAsync(TensorSlice? slice, CancellationToken cancellationToken)
    {
        byte[] bytes = await ReadAllAsync(cancellationToken).ConfigureAwait(false);
        byte[] ordered = head.Header.IsColumnMajor && Shape.Rank > 1 ? Transpose(bytes) : bytes;
        int unit = head.Type.ElementBytes;
        return [.. Enumerable.Range(0, (int)Shape.ElementCount).Select(number => ToString(ordered.AsMemory(number * unit, unit)))];
    }

    private async ValueTask<Stream> OpenContentAsync(CancellationToken cancellationToken)
    {
        Stream content = await ZipEntryStream.OpenAsync(blob.Store, archive, entry, blob.ToString(), cancellationToken).ConfigureAwait(false);
        await content.ReadExactlyAsync(new byte[head.Bytes], cancellationToken).ConfigureAwait(false);
        return content;
    }

    private async ValueTask<byte[]> ReadAllAsync(CancellationToken cancellationToken)
    {
        MemoryLimit.Check(Name, (Int128)LengthBytes * 2, long.MaxValue);
        byte[] bytes = new byte[LengthBytes];
        Stream content = await OpenContentAsync(cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            await content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        }

        if (head.Type.IsBigEndian && DType.IsFixedSize())
        {
            ByteOrder.Reverse(bytes, DType);
        }

        return bytes;
    }

    private void TurnRound(long element, ReadOnlySpan<ReadOnlyMemory<byte>> inputs, Span<byte> output)
    {
        inputs[0].Span.CopyTo(output);
        ByteOrder.Reverse(output, DType);
    }

    // From the first axis fastest to the last: the source steps by the products of the dimensions before an axis.
    private byte[] Transpose(byte[] bytes)
    {
        int unit = head.Type.ElementBytes;
        byte[] turned = new byte[bytes.Length];
        long[] index = new long[Shape.Rank];
        for (long to = 0; to < Shape.ElementCount; to++)
        {
            long from = 0;
            for (int axis = Shape.Rank - 1; axis >= 0; axis--)
            {
                from = (from * Shape[axis]) + index[axis];
            }

            bytes.AsSpan((int)(from * unit), unit).CopyTo(turned.AsSpan((int)(to * unit)));
            for (int axis = Shape.Rank - 1; axis >= 0 && ++index[axis] == Shape[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return turned;
    }

    // Zeros at the end are padding: numpy does not tell them from the string's own.
    private ReadOnlyMemory<byte> ToString(ReadOnlyMemory<byte> padded)
    {
        if (!head.Type.IsUnicode)
        {
            return padded.TrimEnd((byte)0);
        }

        Encoding utf32 = new UTF32Encoding(head.Type.IsBigEndian, byteOrderMark: false);
        return Encoding.UTF8.GetBytes(utf32.GetString(padded.Span).TrimEnd('\0'));
    }
}
