using System.Net;
using System.Net.Sockets;

namespace Cairn.Chaos.Proxies;

/// <summary>One connection of a client, and the one to the store that belongs to it.</summary>
internal sealed class ProxyConnection(Socket client, IPEndPoint store, FaultChoice choice) : IDisposable
{
    private readonly NetworkStream _client = new(client, ownsSocket: true);

    /// <summary>Serves request after request until one side, or a fault, ends the connection.</summary>
    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var upstream = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            client.NoDelay = true;
            await upstream.ConnectAsync(store, cancellationToken);
            await using var toStore = new NetworkStream(upstream);
            var exchange = new StoreExchange(toStore);
            var requests = new HttpReader(_client);
            while (await ReadRequestAsync(requests, cancellationToken) is { } request && await PassAsync(request, exchange, cancellationToken))
            {
                // The next request.
            }
        }
        catch (Exception end) when (end is IOException or SocketException or EndOfStreamException or ObjectDisposedException or OperationCanceledException)
        {
            // A side is gone: so is the other.
        }
    }

    /// <summary>Ends the connection in the midst of whatever it does.</summary>
    public void Cut() => client.Close(0);

    public void Dispose() => _client.Dispose();

    private Task<HttpMessage?> ReadRequestAsync(HttpReader requests, CancellationToken cancellationToken) =>
        HttpMessage.ReadAsync(requests, hasNoBody: false, answer => _client.WriteAsync(answer, cancellationToken).AsTask(), cancellationToken);

    /// <summary>Passes one request on and its answer back. False when the connection ends with it.</summary>
    private async Task<bool> PassAsync(HttpMessage request, StoreExchange exchange, CancellationToken cancellationToken)
    {
        (ProxyFault fault, Random random, TimeSpan hold) = choice.Draw();
        switch (fault)
        {
            case ProxyFault.Delay:
                await Task.Delay(hold, cancellationToken);
                break;
            case ProxyFault.Unavailable:
                await _client.WriteAsync(HttpMessage.Unavailable, cancellationToken);
                return true;
            case ProxyFault.CutRequest:
                return false;
            case ProxyFault.CutHalfRequest:
                await exchange.SendAsync(request.Bytes.AsMemory(0, request.Bytes.Length / 2), cancellationToken);
                return false;
            case ProxyFault.RepeatLate:
                _ = RepeatLateAsync(request, hold * 2, cancellationToken);
                break;
            case ProxyFault.CorruptRequest when request.HasBody:
                request = request.WithFlippedBit(random);
                break;
        }

        HttpMessage answer = await exchange.AskAsync(request, cancellationToken);
        return await AnswerAsync(fault, random, request, answer, exchange, cancellationToken);
    }

    private async Task<bool> AnswerAsync(
        ProxyFault fault, Random random, HttpMessage request, HttpMessage answer, StoreExchange exchange, CancellationToken cancellationToken)
    {
        bool isClosing = answer.ClosesConnection;
        switch (fault)
        {
            case ProxyFault.RepeatGiveFirst when !isClosing:
                isClosing = (await exchange.AskAsync(request, cancellationToken)).ClosesConnection;
                break;
            case ProxyFault.RepeatGiveSecond when !isClosing:
                answer = await exchange.AskAsync(request, cancellationToken);
                isClosing = answer.ClosesConnection;
                break;
            case ProxyFault.CutAnswer:
                return false;
            case ProxyFault.CutHalfAnswer:
                await _client.WriteAsync(answer.Bytes.AsMemory(0, answer.Bytes.Length / 2), cancellationToken);
                return false;
            case ProxyFault.CorruptAnswer when answer.HasBody && IsOfBlob(request):
                answer = answer.WithFlippedBit(random);
                break;
        }

        await _client.WriteAsync(answer.Bytes, cancellationToken);
        return !isClosing && !request.ClosesConnection;
    }

    // A list of names has no checksum in any store: only TLS protects it, and a flipped bit in it would be nothing that Cairn could see.
    private static bool IsOfBlob(HttpMessage request) => !request.FirstLine.Contains("comp=list", StringComparison.Ordinal);

    private async Task RepeatLateAsync(HttpMessage request, TimeSpan after, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(after, cancellationToken);
            using var late = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await late.ConnectAsync(store, cancellationToken);
            await using var toStore = new NetworkStream(late);
            await new StoreExchange(toStore).AskAsync(request, cancellationToken);
        }
        catch (Exception end) when (end is IOException or SocketException or EndOfStreamException or OperationCanceledException)
        {
            // Then it is lost for good.
        }
    }
}
