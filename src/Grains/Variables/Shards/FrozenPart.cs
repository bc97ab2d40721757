using Cairn.Format.Checksums;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Shards;

/// <summary>A part of a shard as a save has frozen it: its pages, and the checksum of each. A checksum is taken once, from the page, as soon after the seal
/// as a thread is free. It is the number that goes into index and sidecar, and with which every later copy of the bytes is compared. Counted like its
/// pages.</summary>
/// <param name="run">The frozen pages, of which this becomes the holder.</param>
internal sealed class FrozenPart(PageRun run)
{
    private readonly Lock _lock = new();
    private PageRun _run = run;
    private uint[] _checksums = []; // Made with the first checksum: a seal takes the same time whatever the shard's size.
    private int _summedCount;
    private int _holders = 1;
    private bool _isOwnRun;

    /// <summary>How long the part is.</summary>
    public long LengthBytes { get; } = run.LengthBytes;

    /// <summary>How many pages it has.</summary>
    public int PageCount { get; } = run.PageCount;

    /// <summary>The bytes in page <paramref name="page"/>, which is not released yet.</summary>
    public Memory<byte> BytesOf(int page) => _run.BytesOf(page);

    /// <summary>The checksum of page <paramref name="page"/>, taken now if it was not yet.</summary>
    public uint ChecksumOf(int page)
    {
        lock (_lock)
        {
            while (_summedCount <= page)
            {
                SumNext();
            }

            return _checksums[page];
        }
    }

    /// <summary>Takes the checksum of the next page. False when all are taken, or nobody holds the part any more.</summary>
    public bool TrySumNext()
    {
        lock (_lock)
        {
            if (_holders == 0 || _summedCount == PageCount)
            {
                return false;
            }

            SumNext();
            return true;
        }
    }

    /// <summary>Holds the part once more: it is written twice.</summary>
    public FrozenPart Retain()
    {
        lock (_lock)
        {
            _holders++;
            return this;
        }
    }

    /// <summary>Lets go of page <paramref name="page"/>, whose checksum was taken, before the rest; of a part that is written once more it keeps all.</summary>
    public void ReleasePage(int page)
    {
        lock (_lock)
        {
            if (_holders > 1)
            {
                return;
            }

            if (!_isOwnRun)
            {
                // The live version may be this very run until it is written to.
                PageRun shared = _run;
                _run = shared.Fork();
                _isOwnRun = true;
                shared.Release();
            }

            _run.ReleasePage(page);
        }
    }

    /// <summary>Lets go of the part; with the last release its pages are released.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _holders--;
            if (_holders == 0)
            {
                _run.Release();
            }
            else if (_holders < 0)
            {
                throw new InvalidOperationException("A frozen part was released more often than it was retained.");
            }
        }
    }

    private void SumNext()
    {
        if (_summedCount == 0)
        {
            _checksums = new uint[PageCount];
        }

        _checksums[_summedCount] = Crc32C.Append(0, _run.BytesOf(_summedCount).Span);
        _summedCount++;
    }
}
