using System.Text;
using Cairn.Chaos.Proxies;

namespace Cairn.Chaos.Tests;

public sealed class HttpMessageTests
{
    private const string Put = "PUT /a/c/b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
    private const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";

    [Fact]
    public async Task ReadAsync_SeveralMessages_TellsThemApart()
    {
        HttpReader reader = ReaderOf(Put + Put + "HEAD /a HTTP/1.1\r\n\r\n");

        HttpMessage first = await ReadAsync(reader);
        HttpMessage second = await ReadAsync(reader);
        HttpMessage third = await ReadAsync(reader);

        Assert.Equal("PUT /a/c/b HTTP/1.1", first.FirstLine);
        Assert.Equal(Put, Encoding.Latin1.GetString(second.Bytes));
        Assert.False(third.HasBody);
        Assert.Null(await HttpMessage.ReadAsync(reader, false, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ReadAsync_Chunks_FindsTheContent()
    {
        HttpMessage message = await ReadAsync(ReaderOf(Chunked));

        Assert.Equal(["abc", "de"], message.Body.Select(range => Encoding.Latin1.GetString(message.Bytes[range])));
        Assert.Equal(Chunked, Encoding.Latin1.GetString(message.Bytes));
    }

    [Theory]
    [InlineData(Put)]
    [InlineData(Chunked)]
    public async Task WithFlippedBit_ChangesOneBitOfTheBodyOnly(string text)
    {
        HttpMessage message = await ReadAsync(ReaderOf(text));

        for (int seed = 0; seed < 100; seed++)
        {
            byte[] changed = message.WithFlippedBit(new Random(seed)).Bytes;
            int place = Assert.Single(Enumerable.Range(0, changed.Length), i => changed[i] != message.Bytes[i]);
            Assert.Contains(message.Body, range => place >= range.Start.Value && place < range.End.Value);
            Assert.Equal(1, System.Numerics.BitOperations.PopCount((uint)(changed[place] ^ message.Bytes[place])));
        }
    }

    [Fact]
    public async Task ReadAsync_CutShort_Throws() =>
        await Assert.ThrowsAsync<EndOfStreamException>(() => ReadAsync(ReaderOf(Put[..^1])));

    private static HttpReader ReaderOf(string text) => new(new MemoryStream(Encoding.Latin1.GetBytes(text)));

    private static async Task<HttpMessage> ReadAsync(HttpReader reader) =>
        await HttpMessage.ReadAsync(reader, false, null, TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("No message.");
}
