using Cairn.Format.Checksums;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Tests.Variables.Shards;

public sealed class FrozenPartTests
{
    private const int PageBytes = Page.BytesMax;

    private readonly PagePool _pool = new(8 * PageBytes);

    [Fact]
    public void ChecksumOf_APageThatChangesAfterwards_IsWhatItWas()
    {
        PageTable table = Filled((2 * PageBytes) + 100);
        var part = new FrozenPart(table.Freeze()!);
        uint last = Crc32C.Append(0, table.Version.BytesOf(2).Span);

        Assert.True(part.TrySumNext());
        Assert.True(part.TrySumNext());
        Assert.True(part.TrySumNext());
        Assert.False(part.TrySumNext());
        table.Version.BytesOf(2).Span[99] ^= 1;

        Assert.Equal(last, part.ChecksumOf(2));
    }

    [Fact]
    public void ReleasePage_OfAVersionThatIsStillLive_LeavesThePageToTheLiveVersionAlone()
    {
        PageTable table = Filled(2 * PageBytes);
        var part = new FrozenPart(table.Freeze()!);

        part.ReleasePage(0);

        Assert.False(table.Version.PageAt(0).IsShared);
        Assert.True(table.Version.PageAt(1).IsShared);
        using (PageWrite write = table.BeginWrite(0, 1))
        {
            write.SpanAt(0, 1)[0] = 9; // In place: nobody else has the page.
        }

        Assert.Equal(2, _pool.UsedPages);
        part.Release();
        Assert.False(table.Version.PageAt(1).IsShared);
    }

    [Fact]
    public void ReleasePage_OfAPageThatWasRewritten_ReturnsItAtOnce()
    {
        PageTable table = Filled(3 * PageBytes);
        var part = new FrozenPart(table.Freeze()!);
        using (PageWrite write = table.BeginWrite(0, 3 * PageBytes))
        {
            for (int page = 0; page < 3; page++)
            {
                write.SpanAt(page * PageBytes, PageBytes).Fill(7);
            }
        }

        Assert.Equal(6, _pool.UsedPages);
        for (int page = 0; page < 3; page++)
        {
            Assert.NotEqual(7, part.BytesOf(page).Span[5]);
            part.ReleasePage(page);
            Assert.Equal(5 - page, _pool.UsedPages);
        }

        part.Release();
        Assert.Equal(3, _pool.UsedPages);
    }

    [Fact]
    public void ReleasePage_OfAPartThatIsWrittenTwice_KeepsItForTheSecondTime()
    {
        PageTable table = Filled(PageBytes);
        FrozenPart part = new FrozenPart(table.Freeze()!).Retain();
        table.Clear();

        part.ReleasePage(0);
        part.Release();
        Assert.Equal(1, _pool.UsedPages);
        part.ReleasePage(0);

        Assert.Equal(0, _pool.UsedPages);
        part.Release();
        Assert.False(part.TrySumNext());
    }

    [Fact]
    public async Task ChecksumOf_AndTrySumNext_FromSeveralThreads_TakeEachOnceAndRight()
    {
        PageTable table = Filled((7 * PageBytes) + 1);
        uint[] expected = [.. Enumerable.Range(0, 8).Select(page => Crc32C.Append(0, table.Version.BytesOf(page).Span))];
        var part = new FrozenPart(table.Freeze()!);

        Task summer = Task.Run(() => SpinWait.SpinUntil(() => !part.TrySumNext()));
        uint[] actual = [.. Enumerable.Range(0, 8).Select(page =>
        {
            uint checksum = part.ChecksumOf(page);
            part.ReleasePage(page);
            return checksum;
        })];
        part.Release();
        await summer.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(expected, actual);
    }

    private PageTable Filled(int lengthBytes)
    {
        var table = new PageTable(_pool, lengthBytes);
        PageRun run = PageRun.Rent(_pool, 0, lengthBytes);
        for (int page = 0; page < run.PageCount; page++)
        {
            new Random(page).NextBytes(run.BytesOf(page).Span);
            run.BytesOf(page).Span[^1] = 1;
        }

        table.Adopt(run);
        run.Release();
        return table;
    }
}
