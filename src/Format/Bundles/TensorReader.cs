using System.Collections.Immutable;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Puts tensors together from their stored parts, checked.</summary>
internal sealed class TensorReader(BundleDataReader data)
{
    /// <summary>The most memory that one tensor may take, in bytes.</summary>
    public long TensorBytesMax { get; set; } = Array.MaxLength;

    /// <summary>Reads a slice of a tensor; see <see cref="BundleReader.ReadAsync(string, TensorSlice, CancellationToken)"/>.</summary>
    public async ValueTask<TensorValue> ReadAsync(BundleTensor tensor, TensorSlice slice, CancellationToken cancellationToken)
    {
        SliceBox want = SliceBox.Resolve(slice, tensor.Shape, tensor.Name);
        ImmutableArray<PartOverlap> overlaps = PartOverlap.Find(tensor, slice, want);
        var shape = new TensorShape(want.Lengths.AsSpan());
        if (tensor.DType.IsFixedSize())
        {
            Int128 needed = (Int128)shape.ElementCount * tensor.DType.ElementBytes();
            MemoryLimit.Check(tensor.Name, needed, TensorBytesMax);
            await CheckAreThereAsync(overlaps, cancellationToken).ConfigureAwait(false);
            byte[] bytes = new byte[(int)needed];
            await ReadBytesAsync(overlaps, want, bytes, cancellationToken).ConfigureAwait(false);
            return TensorValue.FromBytes(tensor.DType, shape, bytes);
        }

        ReadOnlyMemory<byte>[] elements = await ReadElementsAsync(overlaps, want, cancellationToken).ConfigureAwait(false);
        return TensorValue.FromElements(tensor.DType, shape, [.. elements]);
    }

    /// <summary>Reads rows; see <see cref="BundleReader.ReadRowsAsync"/>.</summary>
    public async ValueTask ReadRowsAsync(
        BundleTensor tensor, long startRow, long rowCount, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (tensor.Shape.Rank == 0 || !tensor.DType.IsFixedSize())
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"'{tensor.Name}' is {tensor.DType.ShortName()} {tensor.Shape}, which has no rows of a fixed size.");
        }

        TensorSlice rows = TensorSlice.Rows(tensor.Shape, startRow, rowCount);
        SliceBox want = SliceBox.Resolve(rows, tensor.Shape, tensor.Name);
        Int128 needed = (Int128)want.ElementCount * tensor.DType.ElementBytes();
        if (needed != destination.Length)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"{rowCount} rows of '{tensor.Name}' are {needed} bytes, but the memory given for them has {destination.Length}.");
        }

        await ReadBytesAsync(PartOverlap.Find(tensor, rows, want), want, destination, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A slice as a stream; see <see cref="BundleReader.OpenStream"/>.</summary>
    public Stream OpenStream(BundleTensor tensor, TensorSlice? slice)
    {
        if (!tensor.DType.IsFixedSize())
        {
            throw new CheckpointException(
                CheckpointError.Unsupported, $"'{tensor.Name}' is {tensor.DType.ShortName()}; only types of a fixed size are streams. Read it whole.");
        }

        slice ??= TensorSlice.Full(tensor.Shape.Rank);
        SliceBox want = SliceBox.Resolve(slice, tensor.Shape, tensor.Name);
        return new BundleTensorStream(data, PartOverlap.Find(tensor, slice, want), want, tensor.DType.ElementBytes());
    }

    private async ValueTask CheckAreThereAsync(ImmutableArray<PartOverlap> overlaps, CancellationToken cancellationToken)
    {
        foreach (PartOverlap overlap in overlaps)
        {
            await data.CheckIsThereAsync(overlap.Part, cancellationToken).ConfigureAwait(false);
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
                await data.ReadRangeAsync(overlap.Part, from * unit, target, cancellationToken).ConfigureAwait(false);
                continue;
            }

            MemoryLimit.Check(overlap.Part.ToString(), overlap.Part.Entry.Data.LengthBytes, TensorBytesMax);
            await CheckAreThereAsync([overlap], cancellationToken).ConfigureAwait(false);
            byte[] whole = new byte[overlap.Part.Entry.Data.LengthBytes];
            await data.ReadAsync(overlap.Part, whole, cancellationToken).ConfigureAwait(false);
            SliceCopy.Copy<byte>(whole, overlap.Box, destination.Span, want, (overlap.Region, unit));
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>[]> ReadElementsAsync(ImmutableArray<PartOverlap> overlaps, SliceBox want, CancellationToken cancellationToken)
    {
        if (overlaps is [{ } only] && only.Region.ElementCount == only.Box.ElementCount)
        {
            return await data.ReadElementsAsync(only.Part, TensorBytesMax, cancellationToken).ConfigureAwait(false);
        }

        ReadOnlyMemory<byte>[]? elements = null;
        long left = TensorBytesMax;
        foreach (PartOverlap overlap in overlaps)
        {
            ReadOnlyMemory<byte>[] part = await data.ReadElementsAsync(overlap.Part, left, cancellationToken).ConfigureAwait(false);
            left -= overlap.Part.Entry.Data.LengthBytes;
            elements ??= new ReadOnlyMemory<byte>[want.ElementCount];
            SliceCopy.Copy<ReadOnlyMemory<byte>>(part, overlap.Box, elements, want, (overlap.Region, 1));
        }

        return elements ?? [];
    }
}
