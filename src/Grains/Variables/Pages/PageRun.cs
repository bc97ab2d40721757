namespace Cairn.Grains.Variables.Pages;

/// <summary>A range of a tensor's bytes in pages, cut at the tensor's page borders (every 1 MiB), so that a whole
/// page can pass from one run to another. Counted like its pages, which it holds.</summary>
internal sealed class PageRun
{
    private readonly Page[] _pages;
    private int _holders = 1;

    private PageRun(long offsetBytes, long lengthBytes, Page[] pages)
    {
        OffsetBytes = offsetBytes;
        LengthBytes = lengthBytes;
        _pages = pages;
    }

    /// <summary>Where the run begins in its tensor.</summary>
    public long OffsetBytes { get; }

    /// <summary>How long it is.</summary>
    public long LengthBytes { get; }

    /// <summary>How many pages it has.</summary>
    public int PageCount => _pages.Length;

    /// <summary>Whether somebody else holds it too. True may be stale.</summary>
    public bool IsShared => Volatile.Read(ref _holders) > 1;

    /// <summary>Rents the pages for a range; their content is undefined. All or nothing.</summary>
    /// <exception cref="Format.Errors.CheckpointException"><see cref="Format.Errors.CheckpointError.LimitExceeded"/>: the silo's pages are used up.</exception>
    public static PageRun Rent(PagePool pool, long offsetBytes, long lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        if (lengthBytes > pool.BytesMax)
        {
            pool.RefuseLength(lengthBytes);
        }

        var pages = new Page[PagesOf(offsetBytes, lengthBytes)];
        var run = new PageRun(offsetBytes, lengthBytes, pages);
        int rented = 0;
        try
        {
            for (; rented < pages.Length; rented++)
            {
                pages[rented] = pool.Rent(run.LengthOf(rented));
            }

            return run;
        }
        catch
        {
            foreach (Page page in pages.AsSpan(0, rented))
            {
                page.Release();
            }

            throw;
        }
    }

    /// <summary>Where page <paramref name="index"/> begins in the tensor.</summary>
    public long StartOf(int index) => index == 0 ? OffsetBytes : ((OffsetBytes / Page.BytesMax) + index) * Page.BytesMax;

    /// <summary>How many bytes of the run lie in page <paramref name="index"/>.</summary>
    public int LengthOf(int index)
    {
        long start = StartOf(index);
        return (int)Math.Min(Page.BytesMax - (start % Page.BytesMax), OffsetBytes + LengthBytes - start);
    }

    /// <summary>The bytes of the run in page <paramref name="index"/>.</summary>
    public Memory<byte> BytesOf(int index) => _pages[index].Memory[..LengthOf(index)];

    /// <summary>The bytes from <paramref name="offsetBytes"/> of the tensor to the end of the page that they lie in.</summary>
    public Memory<byte> MemoryAt(long offsetBytes)
    {
        int index = IndexOf(offsetBytes);
        return BytesOf(index)[(int)(offsetBytes - StartOf(index))..];
    }

    /// <summary>Copies a range of the tensor out of the run.</summary>
    public void CopyTo(long offsetBytes, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            ReadOnlySpan<byte> source = MemoryAt(offsetBytes).Span;
            int length = Math.Min(source.Length, destination.Length);
            source[..length].CopyTo(destination);
            destination = destination[length..];
            offsetBytes += length;
        }
    }

    /// <summary>Copies bytes into the run at an offset of the tensor. The caller holds it alone, or writes where nobody else does.</summary>
    public void CopyFrom(long offsetBytes, ReadOnlySpan<byte> source)
    {
        while (source.Length > 0)
        {
            Span<byte> destination = MemoryAt(offsetBytes).Span;
            int length = Math.Min(source.Length, destination.Length);
            source[..length].CopyTo(destination);
            source = source[length..];
            offsetBytes += length;
        }
    }

    /// <summary>The page at <paramref name="index"/>.</summary>
    internal Page PageAt(int index) => _pages[index];

    /// <summary>Puts <paramref name="page"/>, which is retained already, in the place of the page at
    /// <paramref name="index"/>, which is released. The caller holds the run alone.</summary>
    internal void Exchange(int index, Page page)
    {
        Page old = _pages[index];
        _pages[index] = page;
        old.Release();
    }

    /// <summary>Lets go of the page at <paramref name="index"/> before the rest. The caller holds the run alone, and does not touch that page again.</summary>
    internal void ReleasePage(int index)
    {
        Page page = _pages[index];
        _pages[index] = null!;
        page.Release();
    }

    /// <summary>A run of its own over the same pages.</summary>
    internal PageRun Fork()
    {
        foreach (Page page in _pages)
        {
            page.Retain();
        }

        return new PageRun(OffsetBytes, LengthBytes, [.. _pages]);
    }

    /// <summary>Holds the run once more.</summary>
    public PageRun Retain()
    {
        if (Interlocked.Increment(ref _holders) <= 1)
        {
            throw new InvalidOperationException("A run of pages was retained that nobody holds.");
        }

        return this;
    }

    /// <summary>Lets go of the run; with the last release its pages are released.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _holders);
        if (left == 0)
        {
            foreach (Page? page in _pages)
            {
                page?.Release(); // Null where it was released before the rest.
            }
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("A run of pages was released more often than it was retained.");
        }
    }

    private static int PagesOf(long offsetBytes, long lengthBytes) =>
        lengthBytes == 0 ? 0 : checked((int)(((offsetBytes + lengthBytes - 1) / Page.BytesMax) - (offsetBytes / Page.BytesMax) + 1));

    private int IndexOf(long offsetBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(offsetBytes, OffsetBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(offsetBytes, OffsetBytes + LengthBytes);
        return (int)((offsetBytes / Page.BytesMax) - (OffsetBytes / Page.BytesMax));
    }
}
