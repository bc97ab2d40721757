using System.Globalization;
using System.Text;

namespace Cairn.Chaos.Proxies;

/// <summary>A request or an answer of HTTP/1.1, as its bytes.</summary>
/// <param name="Bytes">Head and body as they were sent, chunk sizes and all.</param>
/// <param name="HeadBytes">Length of the head, its empty line included.</param>
/// <param name="Body">Where the content is: one stretch, or one for each chunk.</param>
internal sealed record HttpMessage(byte[] Bytes, int HeadBytes, IReadOnlyList<Range> Body)
{
    private const string ContinueAnswer = "HTTP/1.1 100 Continue\r\n\r\n";

    /// <summary>What a server says that may not be asked now.</summary>
    public static byte[] Unavailable { get; } = Encoding.ASCII.GetBytes(
        "HTTP/1.1 503 The server is busy\r\nx-ms-error-code: ServerBusy\r\nContent-Length: 0\r\n\r\n");

    /// <summary>The first line: <c>PUT /account/container/blob HTTP/1.1</c>, or <c>HTTP/1.1 201 Created</c>.</summary>
    public string FirstLine => Head.Split("\r\n", 2)[0];

    /// <summary>Whether there is content.</summary>
    public bool HasBody => Body.Any(range => range.End.Value > range.Start.Value);

    /// <summary>Whether the sender closes the connection after it.</summary>
    public bool ClosesConnection => string.Equals(HeaderOf(Head, "Connection"), "close", StringComparison.OrdinalIgnoreCase);

    private string Head => Encoding.Latin1.GetString(Bytes, 0, HeadBytes);

    /// <summary>Reads the next message; null when the connection ended before it.</summary>
    /// <param name="reader">The connection.</param>
    /// <param name="hasNoBody">Whether it is the answer to a HEAD request, whose headers speak of a body that does not come.</param>
    /// <param name="sayContinue">Called with what a client waits for that asks before it sends a body.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<HttpMessage?> ReadAsync(
        HttpReader reader, bool hasNoBody, Func<byte[], Task>? sayContinue, CancellationToken cancellationToken)
    {
        if (await reader.ReadLineAsync(cancellationToken) is not { } line)
        {
            return null;
        }

        while (line.Length > 0)
        {
            line = await reader.ReadLineAsync(cancellationToken) ?? throw new EndOfStreamException("The connection ended in the head of a message.");
        }

        int headBytes = reader.Taken;
        string head = reader.Text(headBytes);
        if (sayContinue is not null && HeaderOf(head, "Expect") is not null)
        {
            await sayContinue(Encoding.ASCII.GetBytes(ContinueAnswer));
        }

        List<Range> body = hasNoBody || HasNoBody(head) ? [] : await ReadBodyAsync(reader, head, cancellationToken);
        return new HttpMessage(reader.Take(), headBytes, body);
    }

    /// <summary>The same message with one bit of its body changed.</summary>
    public HttpMessage WithFlippedBit(Random random)
    {
        byte[] bytes = [.. Bytes];
        int place = random.Next(Body.Sum(LengthOf));
        foreach (Range range in Body)
        {
            if (place < LengthOf(range))
            {
                bytes[range.Start.Value + place] ^= (byte)(1 << random.Next(8));
                break;
            }

            place -= LengthOf(range);
        }

        return this with { Bytes = bytes };
    }

    private static int LengthOf(Range range) => range.End.Value - range.Start.Value;

    private static bool HasNoBody(string head) =>
        head.StartsWith("HTTP/1.1 1", StringComparison.Ordinal)
        || head.StartsWith("HTTP/1.1 204", StringComparison.Ordinal)
        || head.StartsWith("HTTP/1.1 304", StringComparison.Ordinal);

    private static async Task<List<Range>> ReadBodyAsync(HttpReader reader, string head, CancellationToken cancellationToken)
    {
        if (HeaderOf(head, "Transfer-Encoding") is not null)
        {
            return await ReadChunksAsync(reader, cancellationToken);
        }

        int length = HeaderOf(head, "Content-Length") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        int start = reader.Taken;
        await reader.ReadAsync(length, cancellationToken);
        return [start..(start + length)];
    }

    private static async Task<List<Range>> ReadChunksAsync(HttpReader reader, CancellationToken cancellationToken)
    {
        var chunks = new List<Range>();
        while (true)
        {
            string line = await reader.ReadLineAsync(cancellationToken) ?? throw new EndOfStreamException("The connection ended between two chunks.");
            int length = int.Parse(line.Split(';')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            int start = reader.Taken;
            await reader.ReadAsync(length + 2, cancellationToken); // With its line end; the last chunk is empty, and no trailers follow here.
            if (length == 0)
            {
                return chunks;
            }

            chunks.Add(start..(start + length));
        }
    }

    private static string? HeaderOf(string head, string name)
    {
        int at = head.IndexOf($"\r\n{name}:", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return null;
        }

        int value = at + name.Length + 3;
        return head[value..head.IndexOf("\r\n", value, StringComparison.Ordinal)].Trim();
    }
}
