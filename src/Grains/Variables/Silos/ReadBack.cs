using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Reads a data file that was just written, and compares each page with the checksum that was taken after its seal.</summary>
internal sealed class ReadBack(IBlobStore store, BlockPool blocks)
{
    private const int BlocksAtOnceMax = 4; // Fills a network, and leaves buffers to the writers of other models.

    /// <summary>Compares all pages, which are contiguous from the beginning of the file; none, when there are none.</summary>
    /// <exception cref="CheckpointException">What <paramref name="fault"/> gives for a page that is another. Whatever the store refuses.</exception>
    public async Task CompareAsync(
        string name, BlobETag expected, IReadOnlyList<PageCheck> pages, Func<PageCheck, uint, CheckpointException> fault, CancellationToken cancellationToken)
    {
        PageCheck[] again = [.. pages.Select(page => page.Again())];
        long lengthBytes = pages.Count == 0 ? 0 : pages[^1].OffsetBytes + pages[^1].LengthBytes;
        int blockBytes = blocks.BlockBytes;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(BlocksAtOnceMax, blocks.BlocksMax), CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, (lengthBytes + blockBytes - 1) / blockBytes, parallel, async (block, token) =>
        {
            long offsetBytes = block * blockBytes;
            byte[] buffer = await blocks.RentAsync(token).ConfigureAwait(false);
            try
            {
                Memory<byte> bytes = buffer.AsMemory(0, (int)Math.Min(blockBytes, lengthBytes - offsetBytes));
                await store.ReadAsync(name, offsetBytes, bytes, expected, token).ConfigureAwait(false);
                Compare(bytes.Span, offsetBytes, again, fault);
            }
            finally
            {
                blocks.Return(buffer);
            }
        }).ConfigureAwait(false);
    }

    private static void Compare(ReadOnlySpan<byte> bytes, long offsetBytes, PageCheck[] pages, Func<PageCheck, uint, CheckpointException> fault)
    {
        long endBytes = offsetBytes + bytes.Length;
        for (int i = PageAt(pages, offsetBytes); i < pages.Length && pages[i].OffsetBytes < endBytes; i++)
        {
            PageCheck page = pages[i];
            long from = Math.Max(offsetBytes, page.OffsetBytes);
            long to = Math.Min(endBytes, page.OffsetBytes + page.LengthBytes);
            if (page.Add((int)(from - page.OffsetBytes), bytes[(int)(from - offsetBytes)..(int)(to - offsetBytes)]) is { } actual)
            {
                throw fault(page, actual);
            }
        }
    }

    /// <summary>The last page that begins at or before an offset.</summary>
    private static int PageAt(PageCheck[] pages, long offsetBytes)
    {
        int low = 0;
        int high = pages.Length - 1;
        while (low < high)
        {
            int middle = high - ((high - low) / 2);
            (low, high) = pages[middle].OffsetBytes <= offsetBytes ? (middle, high) : (low, middle - 1);
        }

        return low;
    }
}
