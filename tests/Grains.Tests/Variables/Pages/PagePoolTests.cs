using Cairn.Format.Errors;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Tests.Variables.Pages;

public sealed class PagePoolTests
{
    [Theory]
    [InlineData(1, 64)]
    [InlineData(64, 64)]
    [InlineData(65, 128)]
    [InlineData(4096, 4096)]
    [InlineData(4097, 8192)]
    [InlineData(1 << 20, 1 << 20)]
    public void Rent_OfALength_TakesAPageOfItsRoundedSize(int length, int capacity)
    {
        var pool = new PagePool(4 << 20);

        Page page = pool.Rent(length);

        Assert.Equal((capacity, capacity, 1L), (page.CapacityBytes, (int)pool.UsedBytes, pool.UsedPages));
        page.Release();
        Assert.Equal((0L, 0L), (pool.UsedBytes, pool.UsedPages));
    }

    [Fact]
    public void Rent_AfterARelease_GetsTheSameMemory()
    {
        var pool = new PagePool(4 << 20);
        Page first = pool.Rent(1 << 20);
        first.Release();

        Assert.Same(first, pool.Rent(1 << 20));
    }

    [Fact]
    public void Rent_OverTheLimit_IsRefusedWithTheOptionsName_AndServedAfterARelease()
    {
        var pool = new PagePool(2 << 20);
        Page first = pool.Rent(1 << 20);
        pool.Rent(1 << 20);

        CheckpointException refusal = Assert.Throws<CheckpointException>(() => pool.Rent(1));
        Assert.Equal(CheckpointError.LimitExceeded, refusal.Error);
        Assert.Contains("PageBytesMax = 2097152", refusal.Message, StringComparison.Ordinal);
        Assert.Null(pool.TryRent(1 << 20));

        first.Release();
        Assert.NotNull(pool.TryRent(1 << 20));
    }

    [Fact]
    public void Rent_OfAnotherSize_WhenFreePagesFillTheLimit_DropsThem()
    {
        var pool = new PagePool(2 << 20);
        Page[] small = [.. Enumerable.Range(0, 512).Select(_ => pool.Rent(4096))];
        foreach (Page page in small)
        {
            page.Release();
        }

        Assert.NotNull(pool.TryRent(1 << 20));
        Assert.NotNull(pool.TryRent(1 << 20));
        Assert.Null(pool.TryRent(64));
    }

    [Fact]
    public void Release_MoreOftenThanRetained_IsABug()
    {
        var pool = new PagePool(1 << 20);
        Page page = pool.Rent(64);
        page.Release();

        Assert.Throws<InvalidOperationException>(page.Release);
    }

    [Fact]
    public void RentRun_ThatDoesNotFit_GivesBackWhatItHad()
    {
        var pool = new PagePool(3 << 20);

        Assert.Throws<CheckpointException>(() => PageRun.Rent(pool, 0, (3 << 20) + 1));
        Assert.Throws<CheckpointException>(() => PageRun.Rent(pool, 512, (3 << 20) - 64));
        Assert.Equal(CheckpointError.LimitExceeded, Assert.Throws<CheckpointException>(() => PageRun.Rent(pool, 0, long.MaxValue)).Error);

        Assert.Equal(0, pool.UsedBytes);
    }
}
