using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Rewriting;
using Cairn.Format.Streams;
using Cairn.Format.Tensors;

namespace Cairn.Format.Exchange;

/// <summary>Writes archives of numpy arrays in key order; the files in them are byte for byte those of <c>numpy.savez</c>. An array's checksum stands before it, so one
/// larger than <see cref="HeldBytesMax"/> is read twice; all pass through in bounded memory, but strings, of which one tensor is in memory.</summary>
public static class NpzWriter
{
    /// <summary>The largest array that is held in memory while it is written.</summary>
    public const int HeldBytesMax = 64 << 20;

    /// <summary>Room for the headers of an array, for the choice of the block length.</summary>
    private const int OverheadBytes = 1024;

    /// <summary>Writes an archive. numpy has no bfloat16 and no 8-bit floating-point types: they become float32, exactly. Strings become arrays of bytes (<c>S</c>),
    /// filled up with zeros.</summary>
    /// <param name="tensors">What to write.</param>
    /// <param name="blob">Where to.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work; nothing is visible then.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Unsupported"/>: a tensor has a type that numpy does not have, or a string ends in a zero
    /// byte. <see cref="CheckpointError.AlreadyExists"/>: the name is taken.</exception>
    public static async ValueTask WriteAsync(
        IReadOnlyCollection<TensorSource> tensors, ExchangeBlob blob, ExportOptions? options, CancellationToken cancellationToken)
    {
        options ??= new ExportOptions();
        TensorSources.RequireDistinct(tensors);
        IReadOnlyList<TensorSource> written =
            WidenedTypes.Of(tensors, dtype => dtype == TensorDType.String || NpyTypes.NameOf(dtype) is not null, "numpy");
        long lengthBytes = written.Sum(tensor => tensor.LengthBytes + OverheadBytes);
        await blob.WriteAsync(
            lengthBytes,
            options.Overwrite,
            async upload =>
            {
                ZipWriter zip = new(upload);
                foreach (TensorSource tensor in written.OrderBy(tensor => tensor.Name, Utf8Order.Instance))
                {
                    await WriteAsync(zip, tensor, options.Progress, cancellationToken).ConfigureAwait(false);
                }

                await zip.FinishAsync(cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask WriteAsync(ZipWriter zip, TensorSource tensor, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        string name = tensor.Name + ".npy";
        if (!tensor.DType.IsFixedSize() || tensor.LengthBytes <= HeldBytesMax)
        {
            byte[] file = await (tensor.DType.IsFixedSize() ? ReadNumbersAsync(tensor, cancellationToken) : ReadStringsAsync(tensor, cancellationToken))
                .ConfigureAwait(false);
            await zip.BeginAsync(name, file.Length, Crc32.Append(0, file), cancellationToken).ConfigureAwait(false);
            await zip.WriteAsync(file, cancellationToken).ConfigureAwait(false);
            progress?.Report(tensor.LengthBytes);
            return;
        }

        byte[] head = new NpyHeader(NpyTypes.NameOf(tensor.DType)!, false, tensor.Shape).ToBytes();
        uint crc = Crc32.Append(0, head);
        await PumpAsync(
            tensor,
            (piece, _) =>
            {
                crc = Crc32.Append(crc, piece.Span);
                return ValueTask.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
        await zip.BeginAsync(name, head.Length + tensor.LengthBytes, crc, cancellationToken).ConfigureAwait(false);
        await zip.WriteAsync(head, cancellationToken).ConfigureAwait(false);
        await PumpAsync(
            tensor,
            async (piece, token) =>
            {
                await zip.WriteAsync(piece, token).ConfigureAwait(false);
                progress?.Report(piece.Length);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask PumpAsync(
        TensorSource tensor, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> sink, CancellationToken cancellationToken)
    {
        Stream content = await tensor.OpenAsync(null, cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            await StreamPump.RunAsync(content, tensor.LengthBytes, tensor.Name, sink, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<byte[]> ReadNumbersAsync(TensorSource tensor, CancellationToken cancellationToken)
    {
        byte[] head = new NpyHeader(NpyTypes.NameOf(tensor.DType)!, false, tensor.Shape).ToBytes();
        byte[] file = [.. head, .. new byte[tensor.LengthBytes]];
        int at = head.Length;
        await PumpAsync(
            tensor,
            (piece, _) =>
            {
                piece.CopyTo(file.AsMemory(at));
                at += piece.Length;
                return ValueTask.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
        return file;
    }

    private static async ValueTask<byte[]> ReadStringsAsync(TensorSource tensor, CancellationToken cancellationToken)
    {
        ImmutableArray<ReadOnlyMemory<byte>> elements = await tensor.ReadElementsAsync(null, cancellationToken).ConfigureAwait(false);
        int longest = Math.Max(1, elements.Select(element => element.Length).DefaultIfEmpty().Max());
        if (elements.Any(element => element.Span is [.., 0]))
        {
            throw new CheckpointException(
                CheckpointError.Unsupported, $"A string of '{tensor}' ends in a zero byte, which numpy takes for padding; leave the tensor out.");
        }

        byte[] head = new NpyHeader($"|S{longest}", false, tensor.Shape).ToBytes();
        MemoryLimit.Check(tensor.Name, head.Length + ((Int128)longest * elements.Length), long.MaxValue);
        byte[] file = new byte[head.Length + (longest * elements.Length)];
        head.CopyTo(file, 0);
        for (int number = 0; number < elements.Length; number++)
        {
            elements[number].CopyTo(file.AsMemory(head.Length + (number * longest)));
        }

        return file;
    }
}
