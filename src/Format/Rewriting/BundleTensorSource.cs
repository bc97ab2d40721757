using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Tensors;

namespace Cairn.Format.Rewriting;

/// <summary>A tensor of a checkpoint.</summary>
internal sealed class BundleTensorSource(BundleReader reader, BundleTensor tensor) : TensorSource(tensor.Name, tensor.DType, tensor.Shape)
{
    /// <inheritdoc/>
    public override ImmutableArray<TensorSlice> Slices { get; } = tensor.IsPartitioned ? [.. tensor.Parts.Select(part => part.Slice)] : [];

    /// <inheritdoc/>
    public override long LengthBytes => tensor.LengthBytes;

    /// <inheritdoc/>
    public override ValueTask<Stream> OpenAsync(TensorSlice? slice, CancellationToken cancellationToken) =>
        ValueTask.FromResult(reader.OpenStream(tensor.Name, slice));

    /// <inheritdoc/>
    public override async ValueTask<ImmutableArray<ReadOnlyMemory<byte>>> ReadElementsAsync(TensorSlice? slice, CancellationToken cancellationToken)
    {
        TensorValue value = await reader.ReadAsync(tensor.Name, slice ?? TensorSlice.Full(Shape.Rank), cancellationToken).ConfigureAwait(false);
        return value.Elements;
    }
}
