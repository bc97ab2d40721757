using System.Text;
using Cairn.Format.Bundles;
using Cairn.Format.Tables;
using Cairn.Format.Tests.Hardening;
using CsCheck;

namespace Cairn.Format.Tests.Tables;

/// <summary>The behaviours of TensorFlow's table_test (the format specification, 8.2), by reading whole and by seeking.</summary>
public sealed class TableBehaviourTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task ZeroRestartPoints_InABlock_AreAnEmptyBlock()
    {
        byte[] file = TableFile.Of(TableFormat.TypeRaw, [0, 0, 0, 0]);

        Assert.Empty(new TableReader(file, "t").ReadAll());
        TableSeeker seeker = await SeekerAsync(file);
        Assert.Null(await seeker.TryFindAsync([], Token));
        Assert.Null(await seeker.FirstAsync(Token));
    }

    [Fact]
    public async Task AnEmptyTable_HasNothingToFind()
    {
        TableSeeker seeker = await SeekerAsync(new TableWriter().Finish());

        Assert.Null(await seeker.TryFindAsync([], Token));
        Assert.Null(await seeker.TryFindAsync("a"u8.ToArray(), Token));
        Assert.Null(await seeker.FirstAsync(Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("abc", "abcd", "ac")]
    [InlineData("\xFF\xFF")]
    [InlineData("a", "\xFF", "\xFF\xFF", "\xFF\xFFz")]
    public async Task SimpleKeys_AreFound_AndTheirNeighboursAreNot(params string[] keys) =>
        await AssertFindsAsync([.. keys.Select(key => (Bytes(key), Bytes("v" + key)))]);

    [Fact]
    public async Task BigValues_FlushTheBlockBefore_AndKeepTheirOrder()
    {
        (byte[], byte[])[] entries =
            [(Bytes("a"), Bytes("tiny")), (Bytes("b"), new byte[10_000_000]), (Bytes("c"), new byte[10_000_000]), (Bytes("d"), Bytes("tiny"))];

        await AssertFindsAsync(entries);
    }

    [Fact]
    public void AnyEntries_ByReadingAndBySeeking_AreThoseOfTheMap()
    {
        Gen<(byte[], byte[])[]> entries = Gen.Select(Gen.Byte[0, 3].Array[0, 8], Gen.Byte.Array[0, 40_000]).Array[0, 60];
        entries.Sample(
            pairs => AssertFindsAsync([.. pairs.DistinctBy(pair => Convert.ToHexString(pair.Item1))]).GetAwaiter().GetResult(), iter: 40);
    }

    [Fact]
    public async Task Seeking_TheFirstKey_ReadsLittleOfALongTable()
    {
        var table = new TableWriter();
        table.Add(Bytes("k01"), Bytes("hello"));
        table.Add(Bytes("k02"), new byte[1_000_000]);
        table.Add(Bytes("k03"), Bytes("hello"));
        byte[] file = table.Finish();
        long read = 0;
        TableSeeker seeker = await TableSeeker.OpenAsync(
            (offset, length, _) =>
            {
                read += length;
                return ValueTask.FromResult((ReadOnlyMemory<byte>)file.AsMemory((int)offset, length));
            },
            "t",
            file.Length,
            Token);

        Assert.NotNull(await seeker.TryFindAsync(Bytes("k01"), Token));
        Assert.InRange(read, 1, 200);
    }

    private static async Task AssertFindsAsync((byte[] Key, byte[] Value)[] entries)
    {
        Array.Sort(entries, (a, b) => KeyComparer.Instance.Compare(a.Key, b.Key));
        var table = new TableWriter();
        foreach ((byte[] key, byte[] value) in entries)
        {
            table.Add(key, value);
        }

        byte[] file = table.Finish();
        List<TableEntry> all = new TableReader(file, "t").ReadAll();
        Assert.Equal(entries.Select(entry => entry.Key), all.Select(entry => entry.Key));
        TableSeeker seeker = await SeekerAsync(file);
        HashSet<byte[]> keys = new(entries.Select(entry => entry.Key), KeyComparer.Instance);
        foreach ((byte[] key, byte[] value) in entries)
        {
            TableEntry? found = await seeker.TryFindAsync(key, Token);
            Assert.True(found is { } entry && entry.Value.Span.SequenceEqual(value));
            foreach (byte[] neighbour in (byte[][])[[.. key, 0], [.. key, 0xFF], key.Length > 0 ? key[..^1] : [1]])
            {
                Assert.Equal(keys.Contains(neighbour), await seeker.TryFindAsync(neighbour, Token) is not null);
            }
        }

        Assert.Equal(entries.Length > 0 ? entries[0].Key : null, (await seeker.FirstAsync(Token))?.Key);
    }

    private static ValueTask<TableSeeker> SeekerAsync(byte[] file) => TableSeeker.OpenAsync(
        (offset, length, _) => ValueTask.FromResult((ReadOnlyMemory<byte>)file.AsMemory((int)offset, length)), "t", file.Length, Token);

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
