using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Tests.Variables.Shards;

/// <summary>What happens to saves when the pages run out: R10.</summary>
public sealed class SealedVersionsTests
{
    private const int PageBytes = 1 << 20;

    private static readonly ShardId Shard = new("m", "v", 0);

    private readonly SealedVersions _versions = new();
    private readonly PagePool _pool;
    private readonly Guid _attempt = Guid.NewGuid();
    private readonly Guid _incarnation = Guid.NewGuid();

    public SealedVersionsTests() => _pool = new PagePool(3 * PageBytes, _versions.GiveUp);

    [Fact]
    public void Write_WhenOnlyAFrozenVersionHasThePages_GoesThrough_AndTheSaveIsGivenUp()
    {
        PageTable table = Filled(pages: 3);
        Freeze(table);

        using (PageWrite write = table.BeginWrite(0, 3 * PageBytes))
        {
            write.SpanAt(0, PageBytes).Fill(7);
        }

        Assert.Equal(7, table.Version.BytesOf(0).Span[PageBytes - 1]);
        Assert.Null(_versions.TryTake(_attempt, Shard, TensorPart.Value, _incarnation));
        Assert.Equal(CheckpointError.Aborted, Refused(() => _versions.RequireKept(_attempt)).Error);
        table.Clear();
        Assert.Equal(0, _pool.UsedPages);
    }

    [Fact]
    public void Rent_WhenAFrozenVersionHasItsOwnPages_GetsThem()
    {
        PageTable table = Filled(pages: 2);
        Freeze(table);
        using (PageWrite write = table.BeginWrite(0, PageBytes))
        {
            write.SpanAt(0, 1).Fill(1);
        }

        _pool.Rent(PageBytes).Release();

        Assert.Null(_versions.TryTake(_attempt, Shard, TensorPart.Value, _incarnation));
    }

    [Fact]
    public void Rent_WhileAWriterHasThePages_IsToTryAgain_AndTheWriterIsGivenUp()
    {
        PageTable table = Filled(pages: 3);
        Freeze(table);
        using FrozenWrite write = _versions.BeginWrite(_attempt, CancellationToken.None);
        FrozenPart part = _versions.TryTake(_attempt, Shard, TensorPart.Value, _incarnation)!;

        CheckpointException refusal = Refused(() => _pool.Rent(1));

        Assert.Equal(CheckpointError.TryAgain, refusal.Error);
        Assert.Contains("PageBytesMax", refusal.Message, StringComparison.Ordinal);
        Assert.True(write.IsGivenUp);
        Assert.True(write.Token.IsCancellationRequested);
        part.Release();
    }

    [Fact]
    public void Rent_WithoutASave_OrAfterItsPagesWereReleased_IsRefusedForGood()
    {
        Filled(pages: 3);
        Assert.Equal(CheckpointError.LimitExceeded, Refused(() => _pool.Rent(1)).Error);

        using FrozenWrite write = _versions.BeginWrite(_attempt, CancellationToken.None);
        write.PagesReleased();

        Assert.Equal(CheckpointError.LimitExceeded, Refused(() => _pool.Rent(1)).Error);
        Assert.False(write.IsGivenUp);
        _versions.RequireKept(_attempt);
    }

    [Fact]
    public void Add_ForASaveThatWasGivenUp_HoldsNoPages()
    {
        PageTable table = Filled(pages: 3);
        Freeze(table);
        _versions.GiveUp();

        _versions.Add(_attempt, Shard with { Index = 1 }, TensorPart.Value, _incarnation, table.Freeze()!);

        Assert.False(table.Version.IsShared);
    }

    private PageTable Filled(int pages)
    {
        var table = new PageTable(_pool, pages * PageBytes);
        PageRun run = PageRun.Rent(_pool, 0, pages * PageBytes);
        table.Adopt(run);
        run.Release();
        return table;
    }

    private void Freeze(PageTable table) => _versions.Add(_attempt, Shard, TensorPart.Value, _incarnation, table.Freeze()!);

    private static CheckpointException Refused(Action act) => Assert.Throws<CheckpointException>(act);
}
