using System.Collections.Immutable;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Reads the tensors of one checkpoint, put together from their slices and checked. May be used from anywhere at the same time.</summary>
/// <example><code>
/// BundleReader reader = await BundleReader.OpenAsync(store, new CheckpointPrefix("model.ckpt-1000"), cancellationToken);
/// foreach (BundleTensor tensor in reader.Index.Tensors) { Console.WriteLine($"{tensor.Name} {tensor.DType.ShortName()} {tensor.Shape}"); }
/// TensorValue weights = await reader.ReadAsync("weights", cancellationToken);
/// float first = weights.AsSpan&lt;float&gt;()[0];
/// </code></example>
public sealed class BundleReader
{
    private BundleReader(BundleIndex index, BundleDataReader data)
    {
        Index = index;
        Data = data;
    }

    /// <summary>Which tensors there are.</summary>
    public BundleIndex Index { get; }

    /// <summary>Reads single stored parts.</summary>
    public BundleDataReader Data { get; }

    /// <summary>The most memory that one tensor may take, in bytes. Default: what one array can hold, about 2 GiB. Row ranges are read into the caller's memory
    /// and do not count.</summary>
    public long TensorBytesMax { get; set; } = Array.MaxLength;

    /// <summary>Opens a checkpoint: reads its index.</summary>
    /// <exception cref="CheckpointException">As <see cref="BundleIndex.ReadAsync"/>.</exception>
    public static async ValueTask<BundleReader> OpenAsync(IBlobStore store, CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        BundleIndex index = await BundleIndex.ReadAsync(store, prefix, cancellationToken).ConfigureAwait(false);
        return new BundleReader(index, new BundleDataReader(store, prefix, index));
    }

    /// <summary>Reads a whole tensor.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/> (with the nearest names), <see cref="CheckpointError.Corrupt"/>,
    /// <see cref="CheckpointError.LimitExceeded"/>,
    /// or <see cref="CheckpointError.InvalidArgument"/> when slices are missing.</exception>
    public async ValueTask<TensorValue> ReadAsync(string name, CancellationToken cancellationToken) =>
        await ReadAsync(name, TensorSlice.Full(Index.Get(name).Shape.Rank), cancellationToken).ConfigureAwait(false);

    /// <summary>Reads a slice of a tensor, however it is stored.</summary>
    /// <exception cref="CheckpointException">As for a whole tensor; <see cref="CheckpointError.InvalidArgument"/> when the slice does not fit.</exception>
    public async ValueTask<TensorValue> ReadAsync(string name, TensorSlice slice, CancellationToken cancellationToken)
    {
        BundleTensor tensor = Index.Get(name);
        SliceBox want = SliceBox.Resolve(slice, tensor.Shape, name);
        ImmutableArray<PartOverlap> overlaps = PartOverlap.Find(tensor, slice, want);
        var shape = new TensorShape(want.Lengths.AsSpan());
        if (tensor.DType.IsFixedSize())
        {
            Int128 needed = (Int128)shape.ElementCount * tensor.DType.ElementBytes();
            MemoryLimit.Check(name, needed, TensorBytesMax);
            await CheckAreThereAsync(overlaps, cancellationToken).ConfigureAwait(false);
            byte[] bytes = new byte[(int)needed];
            await ReadBytesAsync(overlaps, want, bytes, cancellationToken).ConfigureAwait(false);
            return TensorValue.FromBytes(tensor.DType, shape, bytes);
        }

        ReadOnlyMemory<byte>[] elements = await ReadElementsAsync(overlaps, want, cancellationToken).ConfigureAwait(false);
        return TensorValue.FromElements(tensor.DType, shape, [.. elements]);
    }

    /// <summary>Reads rows of a tensor of a fixed-size type into the caller's memory. Parts that overlap the rows are read and checked whole, in bounded
    /// memory.</summary>
    /// <param name="name">The tensor; of rank 1 or more.</param>
    /// <param name="startRow">The first row on axis 0.</param>
    /// <param name="rowCount">How many rows.</param>
    /// <param name="destination">Exactly as long as the rows; filled row-major little-endian, undefined after an exception.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CheckpointException">As <see cref="ReadAsync(string, TensorSlice, CancellationToken)"/>.</exception>
    public async ValueTask ReadRowsAsync(string name, long startRow, long rowCount, Memory<byte> destination, CancellationToken cancellationToken)
    {
        BundleTensor tensor = Index.Get(name);
        if (tensor.Shape.Rank == 0 || !tensor.DType.IsFixedSize())
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"'{name}' is {tensor.DType.ShortName()} {tensor.Shape}, which has no rows of a fixed size.");
        }

        TensorSlice rows = TensorSlice.Rows(tensor.Shape, startRow, rowCount);
        SliceBox want = SliceBox.Resolve(rows, tensor.Shape, name);
        Int128 needed = (Int128)want.ElementCount * tensor.DType.ElementBytes();
        if (needed != destination.Length)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"{rowCount} rows of '{name}' are {needed} bytes, but the memory given for them has {destination.Length}.");
        }

        await ReadBytesAsync(PartOverlap.Find(tensor, rows, want), want, destination, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A slice of a tensor of a fixed-size type as a stream, row-major little-endian: larger than memory, if need be, in bounded memory.</summary>
    /// <remarks>A wrong checksum is found when the last byte of a stored part has been read: what was read before is sound only when the end has been reached.
    /// </remarks>
    /// <param name="name">The tensor.</param>
    /// <param name="slice">Which part; null for all of it.</param>
    /// <returns>Read asynchronously, once, forwards, by one caller. Its reads throw as <see cref="BundleDataReader.ReadAsync"/>.</returns>
    /// <exception cref="CheckpointException">As <see cref="ReadAsync(string, TensorSlice, CancellationToken)"/>, but for the data;
    /// <see cref="CheckpointError.Unsupported"/>: the type has no fixed size.</exception>
    public Stream OpenStream(string name, TensorSlice? slice = null)
    {
        BundleTensor tensor = Index.Get(name);
        if (!tensor.DType.IsFixedSize())
        {
            throw new CheckpointException(
                CheckpointError.Unsupported, $"'{name}' is {tensor.DType.ShortName()}; only types of a fixed size are streams. Read it whole.");
        }

        slice ??= TensorSlice.Full(tensor.Shape.Rank);
        SliceBox want = SliceBox.Resolve(slice, tensor.Shape, name);
        return new BundleTensorStream(Data, PartOverlap.Find(tensor, slice, want), want, tensor.DType.ElementBytes());
    }

    private async ValueTask CheckAreThereAsync(ImmutableArray<PartOverlap> overlaps, CancellationToken cancellationToken)
    {
        foreach (PartOverlap overlap in overlaps)
        {
            await Data.CheckIsThereAsync(overlap.Part, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask ReadBytesAsync(ImmutableArray<PartOverlap> overlaps, SliceBox want, Memory<byte> destination, CancellationToken cancellationToken)
    {
        foreach (PartOverlap overlap in overlaps)
        {
            int unit = overlap.Part.Entry.DType.ElementBytes();
            if (SliceCopy.OffsetOfStretch(overlap.Region, overlap.Box) is { } from && SliceCopy.OffsetOfStretch(overlap.Region, want) is { } to)
            {
                Memory<byte> target = destination.Slice((int)(to * unit), (int)(overlap.Region.ElementCount * unit));
                await Data.ReadRangeAsync(overlap.Part, from * unit, target, cancellationToken).ConfigureAwait(false);
                continue;
            }

            MemoryLimit.Check(overlap.Part.ToString(), overlap.Part.Entry.Data.LengthBytes, TensorBytesMax);
            await CheckAreThereAsync([overlap], cancellationToken).ConfigureAwait(false);
            byte[] whole = new byte[overlap.Part.Entry.Data.LengthBytes];
            await Data.ReadAsync(overlap.Part, whole, cancellationToken).ConfigureAwait(false);
            SliceCopy.Copy<byte>(whole, overlap.Box, destination.Span, want, (overlap.Region, unit));
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>[]> ReadElementsAsync(ImmutableArray<PartOverlap> overlaps, SliceBox want, CancellationToken cancellationToken)
    {
        if (overlaps is [{ } only] && only.Region.ElementCount == only.Box.ElementCount)
        {
            return await Data.ReadElementsAsync(only.Part, TensorBytesMax, cancellationToken).ConfigureAwait(false);
        }

        ReadOnlyMemory<byte>[]? elements = null;
        long left = TensorBytesMax;
        foreach (PartOverlap overlap in overlaps)
        {
            ReadOnlyMemory<byte>[] part = await Data.ReadElementsAsync(overlap.Part, left, cancellationToken).ConfigureAwait(false);
            left -= overlap.Part.Entry.Data.LengthBytes;
            elements ??= new ReadOnlyMemory<byte>[want.ElementCount];
            SliceCopy.Copy<ReadOnlyMemory<byte>>(part, overlap.Box, elements, want, (overlap.Region, 1));
        }

        return elements ?? [];
    }
}
