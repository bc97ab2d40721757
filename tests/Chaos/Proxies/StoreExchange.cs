namespace Cairn.Chaos.Proxies;

/// <summary>Asks the store, one request at a time.</summary>
internal sealed class StoreExchange(Stream store)
{
    private readonly HttpReader _answers = new(store);

    /// <summary>Sends some bytes of a request.</summary>
    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => store.WriteAsync(bytes, cancellationToken).AsTask();

    /// <summary>Sends a request and reads its answer.</summary>
    public async Task<HttpMessage> AskAsync(HttpMessage request, CancellationToken cancellationToken)
    {
        await SendAsync(request.Bytes, cancellationToken);
        bool isHead = request.FirstLine.StartsWith("HEAD ", StringComparison.Ordinal);
        HttpMessage answer;
        do
        {
            answer = await HttpMessage.ReadAsync(_answers, isHead, null, cancellationToken) ?? throw new EndOfStreamException("The store gave no answer.");
        }
        while (answer.FirstLine.StartsWith("HTTP/1.1 100", StringComparison.Ordinal));

        return answer;
    }
}
