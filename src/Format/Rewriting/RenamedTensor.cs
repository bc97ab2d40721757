using System.Collections.Immutable;
using Cairn.Format.Tensors;

namespace Cairn.Format.Rewriting;

/// <summary>A tensor under another name.</summary>
internal sealed class RenamedTensor(TensorSource source, string name) : TensorSource(name, source.DType, source.Shape)
{
    /// <inheritdoc/>
    public override ImmutableArray<TensorSlice> Slices => source.Slices;

    /// <inheritdoc/>
    public override long LengthBytes => source.LengthBytes;

    /// <inheritdoc/>
    public override ValueTask<Stream> OpenAsync(TensorSlice? slice, CancellationToken cancellationToken) => source.OpenAsync(slice, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<ImmutableArray<ReadOnlyMemory<byte>>> ReadElementsAsync(TensorSlice? slice, CancellationToken cancellationToken) =>
        source.ReadElementsAsync(slice, cancellationToken);
}
