using System.Net;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;

namespace Cairn.Client.Transport;

/// <summary>Tensor bytes over HTTP/1.1, to and from the silo that owns the shard. One attempt each; <see cref="ShardTransport"/> tries again.</summary>
internal sealed class HttpDataPlane(long bytesPerSecondMin) : IDisposable
{
    /// <summary>A shard moves once, and a stale answer may point one further.</summary>
    private const int RedirectsMax = 3;

    private static readonly TimeSpan BeginAllowance = TimeSpan.FromSeconds(10);

    // Redirects are followed here: the handler would drop the body's method on some of them, and could not send the body again.
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        MaxConnectionsPerServer = 32,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        UseCookies = false,
        UseProxy = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan, // Each request has its own, from its size.
    };

    /// <summary>Sends an update with its payload. Returns false when the shard had applied it before.</summary>
    public Task<bool> PushAsync(ShardRoute route, ShardUpdate update, ReadOnlyMemory<byte> payload, ProgressMeter meter, CancellationToken cancellationToken) =>
        WithinTimeAsync(payload.Length, meter, async (count, token) =>
        {
            int sentBytes = 0;
            using HttpResponseMessage response = await SendAsync(route.DataPlane, Request, token).ConfigureAwait(false);
            return !response.Headers.TryGetValues("Cairn-Applied", out IEnumerable<string>? applied) || !applied.Contains("false");

            HttpRequestMessage Request(Uri silo)
            {
                count(-sentBytes); // Sent in vain, to a silo that pointed to another.
                sentBytes = 0;
                return DataPlaneRequest.Update(silo, route.Shard, update, new MemoryContent(payload, CountSent));
            }

            void CountSent(int bytes)
            {
                sentBytes += bytes;
                count(bytes);
            }
        }, cancellationToken);

    /// <summary>Fills <paramref name="destination"/> with the range.</summary>
    public Task PullAsync(ShardRoute route, ShardRead read, Memory<byte> destination, ProgressMeter meter, CancellationToken cancellationToken) =>
        WithinTimeAsync(destination.Length, meter, async (count, token) =>
        {
            using HttpResponseMessage response = await SendAsync(route.DataPlane, silo =>
                DataPlaneRequest.Read(silo, route.Shard, read), token).ConfigureAwait(false);
            if (response.Content.Headers.ContentLength is { } length && length != destination.Length)
            {
                throw new HttpRequestException($"{response.RequestMessage?.RequestUri} answered {length} bytes, not the {destination.Length} that were " +
                    $"asked for.");
            }

            using Stream body = await response.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
            for (int offset = 0; offset < destination.Length;)
            {
                int got = await body.ReadAsync(destination[offset..], token).ConfigureAwait(false);
                offset += got > 0 ? got : throw new IOException($"{response.RequestMessage?.RequestUri} ended after {offset} of {destination.Length} bytes.");
                count(got);
            }

            return true;
        }, cancellationToken);

    /// <summary>How long one transfer of this size may take.</summary>
    public TimeSpan AllowedFor(long lengthBytes) => BeginAllowance + TimeSpan.FromSeconds((double)lengthBytes / bytesPerSecondMin);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(Uri silo, Func<Uri, HttpRequestMessage> makeRequest, CancellationToken cancellationToken)
    {
        for (int redirects = 0; ; redirects++)
        {
            using HttpRequestMessage request = makeRequest(silo);
            HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                if (response.StatusCode != HttpStatusCode.TemporaryRedirect)
                {
                    throw await DataPlaneProblem.ReadAsync(response, cancellationToken).ConfigureAwait(false);
                }

                silo = response.Headers.Location is { } owner && redirects < RedirectsMax
                    ? new Uri(request.RequestUri!, owner)
                    : throw new HttpRequestException($"{request.RequestUri} points elsewhere for the {redirects + 1}. time.");
            }
        }
    }

    private async Task<T> WithinTimeAsync<T>(long lengthBytes, ProgressMeter meter, Func<Action<int>, CancellationToken, Task<T>> transfer,
        CancellationToken cancellationToken)
    {
        TimeSpan allowed = AllowedFor(lengthBytes);
        using var timer = new CancellationTokenSource(allowed);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        long movedBytes = 0;
        try
        {
            return await transfer(Count, either.Token).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            meter.Add(-movedBytes);
            if (failure is OperationCanceledException && timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"A transfer of {lengthBytes} bytes took over {allowed.TotalSeconds:0} s (TransferBytesPerSecondMin is " +
                    $"{bytesPerSecondMin}).", failure);
            }

            throw;
        }

        void Count(int bytes)
        {
            movedBytes += bytes;
            meter.Add(bytes);
        }
    }
}
