using Cairn.Format.Blobs;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;

namespace Cairn.Format.Exchange;

/// <summary>A tensor of a safetensors file.</summary>
internal sealed class SafetensorsSource(IBlobStore store, BlobProperties file, SafetensorsTensor tensor, long dataOffsetBytes)
    : TensorSource(tensor.Name, tensor.DType, tensor.Shape)
{
    /// <inheritdoc/>
    public override ValueTask<Stream> OpenAsync(TensorSlice? slice, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Stream>(new BlobRangeStream(store, file, dataOffsetBytes + tensor.BeginBytes, LengthBytes));
}
