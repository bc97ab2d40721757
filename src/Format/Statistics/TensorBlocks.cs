using System.Buffers;
using Cairn.Format.Bundles;
using Cairn.Format.Tensors;

namespace Cairn.Format.Statistics;

/// <summary>Passes over the elements of a tensor, block by block.</summary>
public static class TensorBlocks
{
    /// <summary>The bytes of a block: a multiple of every element's.</summary>
    private const int BlockBytes = 1 << 18;

    /// <summary>The most numbers in a block.</summary>
    internal const int NumbersMax = BlockBytes;

    /// <summary>Looks at a block.</summary>
    /// <param name="element">The number of its first element.</param>
    /// <param name="bytes">Whole elements, little-endian, valid until it returns.</param>
    public delegate void Look(long element, ReadOnlySpan<byte> bytes);

    internal static async ValueTask ReadAsync(BundleReader reader, (string Name, TensorSlice? Slice) what, Look look, CancellationToken cancellationToken)
    {
        int unit = reader.Index.Get(what.Name).DType.ElementBytes();
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            using Stream content = reader.OpenStream(what.Name, what.Slice);
            long element = 0;
            while (true)
            {
                int length = await content.ReadAtLeastAsync(block.AsMemory(0, BlockBytes), BlockBytes, false, cancellationToken).ConfigureAwait(false);
                if (length == 0)
                {
                    return;
                }

                look(element, block.AsSpan(0, length));
                element += length / unit;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
