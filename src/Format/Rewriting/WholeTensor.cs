using System.Collections.Immutable;
using Cairn.Format.Tensors;

namespace Cairn.Format.Rewriting;

/// <summary>A tensor under another name and in one piece, however its source is stored.</summary>
internal sealed class WholeTensor(TensorSource source, string name) : TensorSource(name, source.DType, source.Shape)
{
    /// <inheritdoc/>
    public override long LengthBytes => source.LengthBytes;

    /// <inheritdoc/>
    public override ValueTask<Stream> OpenAsync(TensorSlice? slice, CancellationToken cancellationToken) => source.OpenAsync(slice, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<ImmutableArray<ReadOnlyMemory<byte>>> ReadElementsAsync(TensorSlice? slice, CancellationToken cancellationToken) =>
        source.ReadElementsAsync(slice, cancellationToken);
}
