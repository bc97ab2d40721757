using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Cairn.Format.Tensors;

namespace Cairn.Format.Rewriting;

/// <summary>A tensor that is in memory.</summary>
internal sealed class ValueTensor(string name, TensorValue value) : TensorSource(name, value.DType, value.Shape)
{
    /// <inheritdoc/>
    public override long LengthBytes => value.Bytes.Length + value.Elements.Sum(element => (long)element.Length);

    /// <inheritdoc/>
    public override ValueTask<Stream> OpenAsync(TensorSlice? slice, CancellationToken cancellationToken)
    {
        byte[] bytes = MemoryMarshal.TryGetArray(value.Bytes, out ArraySegment<byte> array) && array.Array!.Length == array.Count
            ? array.Array
            : value.Bytes.ToArray();
        return ValueTask.FromResult<Stream>(new MemoryStream(bytes, writable: false));
    }

    /// <inheritdoc/>
    public override ValueTask<ImmutableArray<ReadOnlyMemory<byte>>> ReadElementsAsync(TensorSlice? slice, CancellationToken cancellationToken) =>
        ValueTask.FromResult(value.Elements);
}
