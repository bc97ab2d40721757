namespace Cairn.Grains.Variables.Pages;

/// <summary>The live bytes of one part of a shard, changed only in turns of its grain. Freezing is O(1): the
/// version is shared, and the first write after it takes pages of its own.</summary>
internal sealed class PageTable(PagePool pool, long lengthBytes)
{
    private PageRun? _version;

    /// <summary>How long the part is.</summary>
    public long LengthBytes => lengthBytes;

    /// <summary>Whether it has values.</summary>
    public bool IsInitialised => _version is not null;

    /// <summary>A table of its own over the same version, in O(1): the first write to either takes pages of its own.</summary>
    public PageTable Fork() => new(pool, lengthBytes) { _version = Freeze() };

    /// <summary>The present version, to be released by the caller; null without values.</summary>
    public PageRun? Freeze() => _version?.Retain();

    /// <summary>Makes <paramref name="version"/>, a run over the whole part, the live one. It is retained; the caller still releases its own hold.</summary>
    public void Adopt(PageRun version)
    {
        if (version.OffsetBytes != 0 || version.LengthBytes != lengthBytes)
        {
            throw new ArgumentException($"{version.LengthBytes} bytes at {version.OffsetBytes} are not the whole of {lengthBytes} bytes.", nameof(version));
        }

        version.Retain();
        Clear();
        _version = version;
    }

    /// <summary>Forgets the values.</summary>
    public void Clear()
    {
        _version?.Release();
        _version = null;
    }

    /// <summary>Puts <paramref name="body"/> in place of the bytes there, whole or not at all. Whole pages are adopted without a copy.</summary>
    /// <exception cref="Format.Errors.CheckpointException"><see cref="Format.Errors.CheckpointError.LimitExceeded"/>: the silo's pages are used up.</exception>
    public void Assign(PageRun body)
    {
        if (body.OffsetBytes == 0 && body.LengthBytes == lengthBytes)
        {
            Adopt(body);
            return;
        }

        if (body.LengthBytes == 0)
        {
            return;
        }

        using PageWrite write = BeginWrite(body.OffsetBytes, body.LengthBytes, mayReplacePages: true);
        for (int i = 0; i < body.PageCount; i++)
        {
            write.Assign(body, i);
        }
    }

    /// <summary>Begins to change a range. The pages that this needs are rented here, so that afterwards nothing can fail half-way.</summary>
    /// <param name="offsetBytes">Where the range begins.</param>
    /// <param name="writeBytes">How long it is.</param>
    /// <param name="mayReplacePages">Whether pages that lie wholly in the range will be adopted from a body, so that they need no page here.</param>
    /// <exception cref="Format.Errors.CheckpointException"><see cref="Format.Errors.CheckpointError.LimitExceeded"/>: the silo's pages are used up.</exception>
    public PageWrite BeginWrite(long offsetBytes, long writeBytes, bool mayReplacePages = false)
    {
        PageRun version = _version ?? throw new InvalidOperationException("The part has no values.");
        if (version.IsShared)
        {
            _version = version.Fork();
            version.Release();
        }

        return new PageWrite(pool, _version!, offsetBytes, writeBytes, mayReplacePages);
    }

    /// <summary>Copies a range out.</summary>
    public void Read(long offsetBytes, Span<byte> destination) =>
        (_version ?? throw new InvalidOperationException("The part has no values.")).CopyTo(offsetBytes, destination);

    /// <summary>The present version, not retained; for use inside the turn.</summary>
    public PageRun Version => _version ?? throw new InvalidOperationException("The part has no values.");
}
