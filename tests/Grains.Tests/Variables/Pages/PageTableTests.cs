using Cairn.Format.Errors;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Tests.Variables.Pages;

/// <summary>A table of pages against plain arrays: any sequence of writes, freezes and releases reads the same, and gives every page back.</summary>
public sealed class PageTableTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void AnyWritesAndFreezes_ReadAsPlainArrays_AndLeakNothing(int seed)
    {
        var random = new Random(seed);
        var pool = new PagePool(64 << 20);
        int length = random.Next(3) switch { 0 => random.Next(0, 300), 1 => random.Next(1, 3) * Page.BytesMax, _ => random.Next(1, 5_000_000) };
        var table = new PageTable(pool, length);
        byte[] model = [];
        var frozen = new List<(PageRun Run, byte[] Model)>();

        for (int i = 0; i < 40; i++)
        {
            switch (random.Next(7))
            {
                case 0 or 1 when table.IsInitialised:
                    (int offset, int count) = RangeIn(random, length);
                    byte[] bytes = Bytes(random, count);
                    Assign(table, pool, offset, bytes);
                    bytes.CopyTo(model, offset);
                    break;
                case 2 or 3 when table.IsInitialised:
                    (int start, int more) = RangeIn(random, length);
                    Increment(table, start, more);
                    model.AsSpan(start, more).ToArray().Select(value => (byte)(value + 1)).ToArray().CopyTo(model, start);
                    break;
                case 4 when table.Freeze() is { } version:
                    frozen.Add((version, [.. model]));
                    break;
                case 5 when frozen.Count > 0:
                    Check(frozen[0]);
                    frozen[0].Run.Release();
                    frozen.RemoveAt(0);
                    break;
                default:
                    model = Bytes(random, length);
                    Assign(table, pool, 0, model);
                    model = [.. model];
                    break;
            }

            if (table.IsInitialised)
            {
                var read = new byte[length];
                table.Read(0, read);
                Assert.True(read.AsSpan().SequenceEqual(model), $"seed {seed}, step {i}");
            }
        }

        frozen.ForEach(Check);
        frozen.ForEach(version => version.Run.Release());
        table.Clear();
        Assert.Equal((0L, 0L), (pool.UsedBytes, pool.UsedPages));
    }

    [Fact]
    public void Write_AfterAFreeze_CopiesOnlyThePageItTouches()
    {
        var pool = new PagePool(64 << 20);
        var table = new PageTable(pool, 8 << 20);
        Assign(table, pool, 0, new byte[8 << 20]);
        PageRun frozen = table.Freeze()!;

        Increment(table, 3 << 20, 10);

        Assert.Equal(9, pool.UsedPages);
        frozen.Release();
        Assert.Equal(8, pool.UsedPages);
    }

    [Fact]
    public void Assign_OfWholePages_AdoptsThem_WithoutCopyAndWithoutAFreePage()
    {
        var pool = new PagePool(4 << 20);
        var table = new PageTable(pool, 2 << 20);
        Assign(table, pool, 0, new byte[2 << 20]);
        PageRun frozen = table.Freeze()!;
        PageRun body = PageRun.Rent(pool, 1 << 20, 1 << 20);
        Page received = body.PageAt(0);

        table.Assign(body);
        body.Release();

        Assert.Same(received, table.Version.PageAt(1));
        Assert.Same(frozen.PageAt(0), table.Version.PageAt(0));
        Assert.Equal(3, pool.UsedPages);
        frozen.Release();
    }

    [Fact]
    public void Write_WithoutAFreePage_IsRefusedBeforeAnythingChanges()
    {
        var pool = new PagePool(3 << 20);
        var table = new PageTable(pool, 2 << 20);
        Assign(table, pool, 0, new byte[2 << 20]);
        PageRun frozen = table.Freeze()!;

        Assert.Equal(CheckpointError.LimitExceeded, Assert.Throws<CheckpointException>(() => Increment(table, 0, 2 << 20)).Error);

        var read = new byte[2 << 20];
        table.Read(0, read);
        Assert.DoesNotContain((byte)1, read);
        Assert.Equal(2, pool.UsedPages);
        Increment(table, 0, 10); // One page is free, and one is needed.
        frozen.Release();
        table.Clear();
        Assert.Equal(0, pool.UsedPages);
    }

    private static void Assign(PageTable table, PagePool pool, int offset, byte[] bytes)
    {
        PageRun body = PageRun.Rent(pool, offset, bytes.Length);
        body.CopyFrom(offset, bytes);
        table.Assign(body);
        body.Release();
    }

    private static void Increment(PageTable table, int offset, int length)
    {
        using PageWrite write = table.BeginWrite(offset, length);
        for (int at = offset; at < offset + length;)
        {
            Span<byte> span = write.SpanAt(at, offset + length - at);
            foreach (ref byte value in span)
            {
                value++;
            }

            at += span.Length;
        }
    }

    private static void Check((PageRun Run, byte[] Model) version)
    {
        var read = new byte[version.Model.Length];
        version.Run.CopyTo(0, read);
        Assert.True(read.AsSpan().SequenceEqual(version.Model), "A frozen version changed.");
    }

    private static (int Offset, int Count) RangeIn(Random random, int length)
    {
        int offset = random.Next(length + 1);
        return (offset, random.Next(length - offset + 1));
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
