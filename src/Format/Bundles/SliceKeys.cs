using System.Buffers;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>The keys under which slices of partitioned tensors stand. All begin with a zero byte, so they follow the header and precede every name.</summary>
/// <remarks><code>
/// slice-key = num 0, string name, num rank, (signed start, signed length)*rank     ; OrderedCode; length -1 for a whole axis
/// </code>Source: EncodeTensorNameSlice of tensorflow/core/util/saved_tensor_slice_util.cc.</remarks>
public static class SliceKeys
{
    /// <summary>The key of <paramref name="slice"/> of the tensor <paramref name="tensorKey"/>, made of the slice's exact spelling.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> tensorKey, TensorSlice slice)
    {
        var writer = new ArrayBufferWriter<byte>();
        OrderedCode.WriteNumber(writer, 0);
        OrderedCode.WriteString(writer, tensorKey);
        OrderedCode.WriteNumber(writer, (ulong)slice.Extents.Length);
        foreach (SliceExtent extent in slice.Extents)
        {
            OrderedCode.WriteSigned(writer, extent.Start);
            OrderedCode.WriteSigned(writer, extent.Length);
        }

        return writer.WrittenSpan.ToArray();
    }
}
