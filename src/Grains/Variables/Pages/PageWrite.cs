namespace Cairn.Grains.Variables.Pages;

/// <summary>A change of a range of a live version, with the pages that it needs set aside: a shared page is
/// copied when it is first touched. Disposing it returns what was not needed.</summary>
internal sealed class PageWrite : IDisposable
{
    private readonly PageRun _version;
    private readonly int _first;
    private readonly Page?[] _spares;

    internal PageWrite(PagePool pool, PageRun version, long offsetBytes, long lengthBytes, bool mayReplacePages)
    {
        _version = version;
        _first = (int)(offsetBytes / Page.BytesMax);
        _spares = lengthBytes == 0 ? [] : new Page?[(int)((offsetBytes + lengthBytes - 1) / Page.BytesMax) - _first + 1];
        try
        {
            for (int i = 0; i < _spares.Length; i++)
            {
                int index = _first + i;
                bool isWhole = version.StartOf(index) >= offsetBytes && version.StartOf(index) + version.LengthOf(index) <= offsetBytes + lengthBytes;
                if (!(mayReplacePages && isWhole) && version.PageAt(index).IsShared)
                {
                    _spares[i] = pool.RentToCopy(version.PageAt(index), version.LengthOf(index));
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Writable bytes with their old content: from <paramref name="offsetBytes"/> to the end of their page, at most
    /// <paramref name="lengthBytes"/>.</summary>
    public Span<byte> SpanAt(long offsetBytes, long lengthBytes)
    {
        int index = (int)(offsetBytes / Page.BytesMax);
        int within = (int)(offsetBytes % Page.BytesMax);
        Own(index);
        return _version.BytesOf(index).Span.Slice(within, (int)Math.Min(lengthBytes, _version.LengthOf(index) - within));
    }

    /// <summary>Puts page <paramref name="bodyIndex"/> of <paramref name="body"/> in its place: adopted when it covers the page there, else copied.</summary>
    public void Assign(PageRun body, int bodyIndex)
    {
        long start = body.StartOf(bodyIndex);
        int length = body.LengthOf(bodyIndex);
        int index = (int)(start / Page.BytesMax);
        if (start == _version.StartOf(index) && length == _version.LengthOf(index))
        {
            Page page = body.PageAt(bodyIndex);
            page.Retain();
            _version.Exchange(index, page);
            return;
        }

        body.BytesOf(bodyIndex).Span.CopyTo(SpanAt(start, length));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < _spares.Length; i++)
        {
            _spares[i]?.Release();
            _spares[i] = null;
        }
    }

    private void Own(int index)
    {
        if (_spares[index - _first] is { } spare)
        {
            _version.BytesOf(index).Span.CopyTo(spare.Memory.Span);
            _spares[index - _first] = null;
            _version.Exchange(index, spare);
        }
    }
}
